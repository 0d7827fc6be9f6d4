"""Rules on `limits` and `budget`: that they bound what they are meant to bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.planning.asked import asked_agents
from goflow.planning.rules.wording import listed
from goflow.problems import Problem, Severity, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goflow.planning.examined import Examined


def limits_name_models(examined: Examined) -> Iterator[Problem]:
    """Report limits that name no model of the workflow but nearly do; a flag can bring any other."""
    models = set(_models(examined))
    known = {*models, *(part for model in models for part in model.partition(":") if part.strip(":"))}
    for name in examined.bundle.workflow.limits:
        hint = None if name in known else examined.suggest(name, known)
        if hint is not None:
            yield Problem(
                code="GF219",
                severity=Severity.WARNING,
                message=f"`limits` names {shown(name)}, which no step asks",
                span=examined.place(("limits", name), key=True),
                help=hint,
            )


def budgets_bound_answers(examined: Examined) -> Iterator[Problem]:
    """Report budgets of cost or tokens where nothing bounds the answers."""
    workflow = examined.bundle.workflow
    whole = workflow.budget is not None and bool(workflow.budget.cost_usd or workflow.budget.tokens)
    unbounded = list(_unbounded(examined))
    if whole and unbounded:
        yield _loose(examined, ("budget",), [examined.steps[index].id for index in unbounded])
        return
    for index in unbounded:
        step = examined.steps[index]
        if step.budget is not None and (step.budget.cost_usd or step.budget.tokens):
            yield _loose(examined, ("steps", index, "budget"), [step.id])


def _loose(examined: Examined, path: tuple[str | int, ...], steps: list[str]) -> Problem:
    return Problem(
        code="GF220",
        severity=Severity.WARNING,
        message=f"nothing bounds the answers of {listed(steps)}, so the budget can be overshot by them",
        span=examined.place(path),
        help="set `settings: {max_tokens: …}` for these steps or their agents; without, 4096 are reserved",
    )


def _unbounded(examined: Examined) -> Iterator[int]:
    agents = examined.bundle.agents
    for index, name in enumerate(asked_agents(examined.bundle.workflow)):
        own, agent = examined.steps[index].settings, agents.get(name) if name else None
        layers = (own, None if agent is None else agent.settings)
        if not any(layer is not None and layer.max_tokens for layer in layers):
            yield index


def _models(examined: Examined) -> Iterator[str]:
    workflow = examined.bundle.workflow
    if workflow.config.provider is not None:
        yield workflow.config.provider.type
    if workflow.config.model:
        yield workflow.config.model
    yield from (step.model for step in examined.steps if step.model)
    for agent in examined.bundle.agents.values():
        yield from agent.models
