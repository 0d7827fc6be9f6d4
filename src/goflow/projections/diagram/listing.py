"""The graph as a list by level: right for every graph, however wide or deep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goflow.projections.diagram.graph import Graph, Node


def draw_listing(graph: Graph, width: int) -> str:
    """List the levels, and with each step what it needs; a whole level is named as such."""
    whole = {frozenset(level): number for number, level in enumerate(graph.levels) if len(level) > 1}
    lines = [line for number in range(len(graph.levels)) for line in _level(graph, number, whole, width)]
    return "".join(f"{line}\n" for line in lines)


def _level(graph: Graph, number: int, whole: dict[frozenset[str], int], width: int) -> Iterator[str]:
    yield f"level {number}"
    nodes = [graph.nodes[step] for step in graph.levels[number]]
    column = max(len(node.label) for node in nodes)
    for node in nodes:
        yield from _entry(node, column, whole, width)


def _entry(node: Node, column: int, whole: dict[frozenset[str], int], width: int) -> Iterator[str]:
    if not node.needs:
        yield f"  {node.label}"
        return
    level = whole.get(frozenset(node.needs))
    needs = node.needs if level is None else (f"all of level {level}",)
    first, *rest = _wrapped(needs, max(20, width - column - 5))
    yield f"  {node.label:<{column}} ← {first}"
    for line in rest:
        yield f"  {'':<{column}}   {line}"


def _wrapped(names: Sequence[str], width: int) -> list[str]:
    """Join names by commas in lines of about a width; no name is broken."""
    lines = [""]
    for index, name in enumerate(names):
        text = name if index == len(names) - 1 else f"{name},"
        if lines[-1] and len(lines[-1]) + 1 + len(text) > width:
            lines.append(text)
        else:
            lines[-1] = f"{lines[-1]} {text}".lstrip()
    return lines
