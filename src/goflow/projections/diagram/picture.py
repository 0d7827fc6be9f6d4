"""The graph as a picture from left to right, in lines drawn with characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from goflow.projections.diagram.nets import Layout, Net, Rows, lay_out

if TYPE_CHECKING:
    from goflow.projections.diagram.graph import Graph

MOST_STEPS: Final = 200

_LEFT, _RIGHT, _UP, _DOWN = 1, 2, 4, 8
_LINES: Final = {
    _LEFT | _RIGHT: "─",
    _UP | _DOWN: "│",
    _LEFT | _DOWN: "┐",
    _LEFT | _UP: "┘",
    _RIGHT | _DOWN: "┌",
    _RIGHT | _UP: "└",
    _LEFT | _UP | _DOWN: "┤",
    _RIGHT | _UP | _DOWN: "├",
    _LEFT | _RIGHT | _DOWN: "┬",
    _LEFT | _RIGHT | _UP: "┴",
    _LEFT | _RIGHT | _UP | _DOWN: "┼",
}


def draw_picture(graph: Graph, width: int) -> str | None:
    """Draw the graph, or return None where it has no picture that fits.

    Lines that cross do not touch: the one that runs up or down hides the other.
    """
    widths = [max(len(graph.nodes[step].label) for step in level) for level in graph.levels]
    if len(graph.nodes) > MOST_STEPS or sum(widths) + 5 * (len(widths) - 1) > width:
        return None
    layout = lay_out(graph)
    if layout is None:
        return None
    rows = 1 + max(row for level in layout.rows for row in level.values())
    lines = ["".join(_pieces(graph, layout, widths, row)).rstrip() for row in range(rows)]
    return "".join(f"{line}\n" for line in lines) if max(map(len, lines)) <= width else None


def _pieces(graph: Graph, layout: Layout, widths: Sequence[int], row: int) -> Iterator[str]:
    """Yield what stands on a row: labels and the lines between them, from left to right."""
    for level, width in enumerate(widths):
        nets = layout.nets[level] if level < len(layout.nets) else ()
        begins = any(row in net.sources for net in nets)
        yield _cell(_label_at(graph, layout.rows[level], level, row), width, begins=begins)
        if nets:
            yield _channel(nets, row)
            ends = any(row in net.targets for net in nets)
            is_wire = _label_at(graph, layout.rows[level + 1], level + 1, row) is None
            yield "  " if not ends else "──" if is_wire else "→ "


def _label_at(graph: Graph, rows: Rows, level: int, row: int) -> str | None:
    """Return the label of the step that stands there, None for a wire or nothing."""
    found = (graph.nodes[step] for step, place in rows.items() if place == row)
    return next((node.label for node in found if node.level == level), None)


def _cell(label: str | None, width: int, *, begins: bool) -> str:
    if label is None:
        return ("─" if begins else " ") * (width + 2)
    return f"{label} {('─' if begins else ' ') * (width + 1 - len(label))}"


def _channel(nets: Sequence[Net], row: int) -> str:
    """Draw a row of the tracks between two levels, a blank or a line between each two of them."""
    columns = range(2 * max(net.track for net in nets) + 1)
    return "".join(_character(nets, row, column) for column in columns)


def _character(nets: Sequence[Net], row: int, column: int) -> str:
    for net in nets:
        if 2 * net.track == column and not net.is_straight and net.top <= row <= net.bottom:
            return _LINES[_directions(net, row)]
    return "─" if any(_passes(net, row, column) for net in nets) else " "


def _directions(net: Net, row: int) -> int:
    return (
        _LEFT * (row in net.sources)
        | _RIGHT * (row in net.targets)
        | _UP * (row > net.top)
        | _DOWN * (row < net.bottom)
    )


def _passes(net: Net, row: int, column: int) -> bool:
    """Tell whether the net's line runs along the row there: on its way to its track, or on from it."""
    return (row in net.sources and (column < 2 * net.track or net.is_straight)) or (
        row in net.targets and column > 2 * net.track
    )
