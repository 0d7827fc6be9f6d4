"""What is said before a run of steps that the `copilot` command answers with all of its tools."""

from __future__ import annotations

from dataclasses import replace

from goflow.api.copilot_tools import allowed_everything
from goflow.backends.providers import CopilotRoute, Routes, ServiceRoute
from goflow.backends.services import Service
from goflow.planning.plan import Plan
from goflow.workflow import AgentStep
from tests.properties.worlds import plan_of

ROUTES: Routes = {
    None: CopilotRoute(name=None),
    "served": ServiceRoute(service=Service(provider="openai"), name="gpt-5"),
    "driven": CopilotRoute(name="driven"),
}
TOLD = "the `copilot` command may use all of its tools in these, as no `tools` are named"


def plan(**models: str | None) -> Plan:
    """Plan a step for each model; no other is asked."""
    found = plan_of(*(AgentStep(id=name, prompt="") for name in models))
    return replace(
        found, steps={name: replace(step, models=(models[name],)) for name, step in found.steps.items()}
    )


def with_tools(found: Plan, step: str, *tools: str) -> Plan:
    planned = found.steps[step]
    changed = replace(planned, agent=replace(planned.agent, tools=tools))
    return replace(found, steps={**found.steps, step: changed})


def test_the_steps_that_the_command_answers_without_tools_named_are_told() -> None:
    assert allowed_everything(plan(a="served", b="driven", c=None), ROUTES) == (f"{TOLD}: b, c",)
    assert allowed_everything(plan(a="served"), ROUTES) == ()


def test_the_command_alone_answers_every_step() -> None:
    assert allowed_everything(plan(a="served", b=None)) == (f"{TOLD}: a, b",)


def test_tools_that_are_named_bound_it_and_an_empty_list_names_none() -> None:
    found = with_tools(plan(a="driven", b="driven"), "a", "view")

    assert allowed_everything(found, ROUTES) == (f"{TOLD}: b",)
    assert allowed_everything(with_tools(found, "b"), ROUTES) == (f"{TOLD}: b",)
    assert allowed_everything(with_tools(found, "b", "grep"), ROUTES) == ()
