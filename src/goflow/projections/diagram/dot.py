"""The graph for dot, which Graphviz draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from goflow.projections.diagram.graph import printable
from goflow.scheduler.status import StepStatus

if TYPE_CHECKING:
    from goflow.projections.diagram.graph import Graph, Node

_COLOURS: Final = {
    StepStatus.PENDING: "#f6f8fa",
    StepStatus.WAITING: "#fff8c5",
    StepStatus.RUNNING: "#ddf4ff",
    StepStatus.COMPLETED: "#dafbe1",
    StepStatus.SKIPPED: "#eaeef2",
    StepStatus.FAILED: "#ffebe9",
    StepStatus.CANCELLED: "#fff1e5",
    StepStatus.NOT_RUN: "#eaeef2",
}


def draw_dot(graph: Graph) -> str:
    """Draw the graph from left to right."""
    lines = [
        f"digraph {_quote(printable(graph.name))} {{",
        "  rankdir=LR;",
        '  node [shape=box, style="rounded,filled", fillcolor=white];',
        *(f"  {_node(node)};" for node in graph.nodes.values()),
        *(f"  {_edge(node, need)};" for node in graph.nodes.values() for need in node.edges),
        "}",
    ]
    return "".join(f"{line}\n" for line in lines)


def _node(node: Node) -> str:
    colour = "" if node.status is None else f', fillcolor="{_COLOURS[node.status]}"'
    return f"{_quote(node.id)} [label={_quote(node.label)}{colour}]"


def _edge(node: Node, need: str) -> str:
    arrow = f"{_quote(need)} -> {_quote(node.id)}"
    test = node.test_of(need)
    return arrow if test is None else f"{arrow} [style=dashed, label={_quote(test)}]"


def _quote(text: str) -> str:
    backslash, quote = "\\", '"'
    return quote + text.replace(backslash, backslash * 2).replace(quote, backslash + quote) + quote
