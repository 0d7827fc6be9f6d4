"""What a run's budget cannot bound, said before the run begins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goflow.backends.providers import CopilotRoute, ServiceRoute
from goflow.planning.rules.wording import listed

if TYPE_CHECKING:
    from goflow.backends.providers import Routes
    from goflow.planning.plan import Plan, PlannedBudget, PlannedStep
    from goflow.workflow import Budget


def outside_budget(plan: Plan, routes: Routes) -> tuple[str, ...]:
    """Return a line about models without a known price, and one about steps of which nothing is known."""
    return (*_unpriced(plan, routes), *unknown_to_budget(plan, routes))


def unknown_to_budget(plan: Plan, routes: Routes | None = None) -> tuple[str, ...]:
    """Return a line about the steps that the `copilot` command answers; without routes, all of them."""
    steps = [
        step.id
        for step, budget in _bounded(plan)
        if (budget.cost_usd is not None or budget.tokens is not None)
        and (routes is None or any(isinstance(routes[model], CopilotRoute) for model in step.models))
    ]
    if not steps:
        return ()
    told = "the `copilot` command does not tell what it takes, so a budget bounds only the time of these"
    return (f"{told}: {listed(dict.fromkeys(steps))}",)


def loosely_bounded(plan: Plan, routes: Routes, written: Budget | None) -> tuple[str, ...]:
    """Return a line about steps whose answers nothing bounds, where the command line alone bounds tokens.

    Where the file's own budget does, `GF220` has said so.
    """
    if _counts_answers(written) or not _counts_answers(plan.budget):
        return ()
    steps = [
        step.id
        for step in plan.steps.values()
        if not (step.settings and step.settings.max_tokens)
        and any(isinstance(routes[model], ServiceRoute) for model in step.models)
    ]
    if not steps:
        return ()
    told = "the budget can be overshot by the answers of these, which no `max_tokens` bounds"
    return (f"{told}: {listed(steps)}",)


def _counts_answers(budget: Budget | PlannedBudget | None) -> bool:
    return budget is not None and bool(budget.cost_usd or budget.tokens)


def _unpriced(plan: Plan, routes: Routes) -> tuple[str, ...]:
    asked = dict.fromkeys(
        route
        for step, budget in _bounded(plan)
        if budget.cost_usd is not None
        for model in step.models
        if isinstance(route := routes[model], ServiceRoute)
    )
    unknown = dict.fromkeys(_shown(route) for route in asked if not _is_priced(route))
    if not unknown:
        return ()
    return (f"no price is known of these models, so `cost_usd` does not bound them: {listed(unknown)}",)


def _is_priced(route: ServiceRoute) -> bool:
    from goflow.backends.prices import is_priced

    return is_priced(route.service.provider, route.service.base_url, route.name)


def _shown(route: ServiceRoute) -> str:
    return f"{route.service.provider}:{route.name}"


def _bounded(plan: Plan) -> Iterator[tuple[PlannedStep, PlannedBudget]]:
    """Yield each step with each of the budgets that bound it."""
    for step in plan.steps.values():
        for budget in (plan.budget, step.budget):
            if budget is not None:
                yield step, budget
