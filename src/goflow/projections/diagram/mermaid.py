"""The graph for mermaid, which Markdown pages draw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from goflow.scheduler.status import StepStatus

if TYPE_CHECKING:
    from goflow.projections.diagram.graph import Graph, Node

_COLOURS: Final = {
    StepStatus.PENDING: "fill:#f6f8fa,stroke:#8c959f,color:#24292f",
    StepStatus.WAITING: "fill:#fff8c5,stroke:#9a6700,color:#24292f",
    StepStatus.RUNNING: "fill:#ddf4ff,stroke:#0969da,color:#24292f",
    StepStatus.COMPLETED: "fill:#dafbe1,stroke:#1a7f37,color:#24292f",
    StepStatus.SKIPPED: "fill:#f6f8fa,stroke:#8c959f,color:#57606a",
    StepStatus.FAILED: "fill:#ffebe9,stroke:#cf222e,color:#24292f",
    StepStatus.CANCELLED: "fill:#f6f8fa,stroke:#9a6700,color:#57606a",
    StepStatus.NOT_RUN: "fill:#f6f8fa,stroke:#8c959f,color:#57606a",
}


def draw_mermaid(graph: Graph) -> str:
    """Draw the graph from left to right; steps are numbered, since mermaid has words that no id may be."""
    names = {step: f"s{number}" for number, step in enumerate(graph.nodes)}
    lines = ["flowchart LR"]
    lines += [f'    {names[node.id]}["{_escape(node.label)}"]' for node in graph.nodes.values()]
    lines += [
        f"    {names[need]} {_arrow(node, need)} {names[node.id]}"
        for node in graph.nodes.values()
        for need in node.edges
    ]
    lines += _colours(graph, names)
    return "".join(f"{line}\n" for line in lines)


def _arrow(node: Node, need: str) -> str:
    test = node.test_of(need)
    return "-->" if test is None else f'-. "{_escape(test)}" .->'


def _colours(graph: Graph, names: dict[str, str]) -> Iterator[str]:
    for status, colour in _COLOURS.items():
        members = [names[node.id] for node in graph.nodes.values() if node.status is status]
        if members:
            yield f"    classDef {status} {colour}"
            yield f"    class {','.join(members)} {status}"


def _escape(text: str) -> str:
    """Write what mermaid or the page around it would read as markup as numbers."""
    return "".join(char if char.isalnum() or char in " -_.,:/()" else f"#{ord(char)};" for char in text)
