"""One way in to all formats."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, assert_never

from goflow.projections.diagram.dot import draw_dot
from goflow.projections.diagram.graph import graph_of
from goflow.projections.diagram.listing import draw_listing
from goflow.projections.diagram.mermaid import draw_mermaid
from goflow.projections.diagram.picture import draw_picture

if TYPE_CHECKING:
    from goflow.planning.plan import Plan
    from goflow.projections.run_view import RunView

WIDTH: Final = 100
"""Columns that a picture may take; wider ones become a listing."""


class DiagramFormat(StrEnum):
    """What a diagram is made for."""

    ASCII = "ascii"
    MERMAID = "mermaid"
    DOT = "dot"


def draw(plan: Plan, form: DiagramFormat, *, view: RunView | None = None, width: int = WIDTH) -> str:
    """Draw the DAG, with the states of its steps where a run is given; no edge is left out or unclear.

    `ascii` is a picture where one fits into `width` columns and no two edges would share a line; else it is a
    listing by level.
    """
    graph = graph_of(plan, view)
    match form:
        case DiagramFormat.ASCII:
            return draw_picture(graph, width) or draw_listing(graph, width)
        case DiagramFormat.MERMAID:
            return draw_mermaid(graph)
        case DiagramFormat.DOT:
            return draw_dot(graph)
        case _ as unreachable:
            assert_never(unreachable)
