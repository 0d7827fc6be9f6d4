"""The DAG of a plan, drawn: as text for a terminal, for mermaid, for dot."""

from __future__ import annotations

from goflow.projections.diagram.draw import DiagramFormat, draw

__all__ = ["DiagramFormat", "draw"]
