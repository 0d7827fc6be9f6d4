"""Which steps the `copilot` command answers with all of its tools, said before the run begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.backends.providers import CopilotRoute
from goflow.planning.rules.wording import listed

if TYPE_CHECKING:
    from goflow.backends.providers import Routes
    from goflow.planning.plan import Plan


def allowed_everything(plan: Plan, routes: Routes | None = None) -> tuple[str, ...]:
    """Return a line about the steps that the command may do anything in; without routes, it answers all."""
    steps = [
        step.id
        for step in plan.steps.values()
        if not step.agent.tools
        and (routes is None or any(isinstance(routes[model], CopilotRoute) for model in step.models))
    ]
    if not steps:
        return ()
    told = "the `copilot` command may use all of its tools in these, as no `tools` are named"
    return (f"{told}: {listed(steps)}",)
