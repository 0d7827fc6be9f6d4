"""Which lines a picture has between two levels, and where they run; or that it cannot have any.

A net is a line that joins some steps on its left with all the steps on its right that need exactly these.
Where every step is in at most one net on each side, each edge can be read from the lines; other graphs have
no picture. A step that is needed further to the right goes on as a wire: a row of its own in the levels
between.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, TypeAlias

from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.projections.diagram.graph import Graph

Rows: TypeAlias = dict[str, int]
"""The row of each step that stands in a level or passes it as a wire; named by the step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """A line: the rows it comes from, the rows it goes to, and the track on which it runs up and down."""

    sources: frozenset[int]
    targets: frozenset[int]
    track: int = 0

    @property
    def top(self) -> int:
        """Return the first of its rows."""
        return min(self.sources | self.targets)

    @property
    def bottom(self) -> int:
        """Return the last of its rows."""
        return max(self.sources | self.targets)

    @property
    def is_straight(self) -> bool:
        """Tell whether it stays on one row, and so takes up no track."""
        return self.top == self.bottom


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Rows by level, and the nets between each level and the next."""

    rows: Sequence[Rows]
    nets: Sequence[Sequence[Net]]


def lay_out(graph: Graph) -> Layout | None:
    """Find rows and tracks for everything, or None where two edges would have to share a line."""
    rows: list[Rows] = [{step: row for row, step in enumerate(graph.levels[0])}]
    nets: list[Sequence[Net]] = []
    for number in range(1, len(graph.levels)):
        groups = _groups(graph, number)
        if groups is None:
            return None
        right, between = _place(rows[-1], groups)
        rows.append(right)
        nets.append(between)
    return Layout(rows=rows, nets=nets)


def _groups(graph: Graph, number: int) -> dict[frozenset[str], list[str]] | None:
    """Return what goes to a level, by the steps it comes from; None where a step is in two groups."""
    groups: dict[frozenset[str], list[str]] = {}
    for step in graph.levels[number]:
        groups.setdefault(frozenset(graph.nodes[step].needs), []).append(step)
    for step in _passing(graph, number):
        groups.setdefault(frozenset({step}), []).append(step)
    used = [step for sources in groups for step in sources]
    return groups if len(used) == len(set(used)) else None


def _passing(graph: Graph, number: int) -> Iterator[str]:
    """Yield the steps before a level that some step after it needs."""
    wanted = {
        need for level in graph.levels[number + 1 :] for step in level for need in graph.nodes[step].needs
    }
    return (step for level in graph.levels[:number] for step in level if step in wanted)


def _place(left: Rows, groups: Mapping[frozenset[str], Sequence[str]]) -> tuple[Rows, Sequence[Net]]:
    """Give each group rows from the top; further down where lines would each have to run before the other."""
    right: Rows = {}
    nets: list[Net] = []
    for names, targets in sorted(groups.items(), key=lambda group: min(left[name] for name in group[0])):
        sources = frozenset(left[name] for name in names)
        free = 1 + max(right.values(), default=-1)
        net = Net(sources=sources, targets=_rows_from(free, targets))
        if _order([*nets, net]) is None:
            net = Net(sources=sources, targets=_rows_from(max(free, *left.values()) + 1, targets))
        nets.append(net)
        right.update(zip(targets, sorted(net.targets), strict=True))
    return right, _on_tracks(nets)


def _rows_from(start: int, targets: Sequence[str]) -> frozenset[int]:
    return frozenset(range(start, start + len(targets)))


def _order(nets: Sequence[Net]) -> list[int] | None:
    """Order the nets so that on a row where one ends and another begins, the one that ends comes first."""
    before: dict[int, set[int]] = {index: set() for index in range(len(nets))}
    begins_on = {row: index for index, net in enumerate(nets) for row in net.sources}
    for index, net in enumerate(nets):
        before[index] = {begins_on[row] for row in net.targets if row in begins_on} - {index}
    try:
        return list(TopologicalSorter(before).static_order())
    except CycleError:
        return None


def _on_tracks(nets: Sequence[Net]) -> list[Net]:
    """Give each net the first track after those it must follow on which no other one is in its way."""
    placed: dict[int, Net] = {}
    for index in _order(nets) or ():
        net = nets[index]
        track = 1 + max((other.track for other in placed.values() if other.sources & net.targets), default=-1)
        while any(other.track == track and _meet(other, net) for other in placed.values()):
            track += 1
        placed[index] = net if net.is_straight else replace(net, track=track)
    return list(placed.values())


def _meet(one: Net, other: Net) -> bool:
    return not one.is_straight and one.top <= other.bottom and other.top <= one.bottom
