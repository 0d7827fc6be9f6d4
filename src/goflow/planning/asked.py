"""Who each step asks, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goflow.workflow import Workflow


def asked_agents(workflow: Workflow) -> list[str | None]:
    """Return, step by step, its agent or the workflow's only one; None means the plain assistant."""
    own = workflow.agents
    only = next(iter(own)) if len(own) == 1 else None
    return [only if step.agent is None else step.agent for step in workflow.steps]
