"""What a step is to a model before a run fills it in: steps of one shape can be expected to take alike."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goflow.planning.plan import Plan, PlannedStep


def shapes_of(plan: Plan) -> dict[str, str]:
    """Return a digest for each step: of its agent, its prompt as it was written, and its models."""
    heads: dict[tuple[object, ...], str] = {}
    found = {}
    for name, step in plan.steps.items():
        key = (id(step.agent), step.models)
        if key not in heads:
            heads[key] = _head(step)
        content = heads[key] + step.prompt.render_inputs({})
        found[name] = sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return found


def _head(step: PlannedStep) -> str:
    models = [model or "" for model in step.models]
    return "\0".join((step.agent.name, step.agent.system.render_inputs({}), *models, ""))
