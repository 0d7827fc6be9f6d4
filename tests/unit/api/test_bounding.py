"""What is said before a run of what its budget cannot bound."""

from __future__ import annotations

from goflow.api.bounding import loosely_bounded, outside_budget, unknown_to_budget
from goflow.backends.providers import CopilotRoute, Routes, ServiceRoute
from goflow.backends.services import Service, Unavailable
from goflow.planning.options import RunOptions
from goflow.planning.plan import Plan
from goflow.workflow import AgentStep, Budget, ModelSettings
from tests.properties.worlds import plan_of

OPENAI = Service(provider="openai", base_url="http://localhost/v1")
ROUTES: Routes = {
    None: Unavailable(message="no", help=""),
    "known": ServiceRoute(service=OPENAI, name="gpt-4o-mini"),
    "own": ServiceRoute(service=OPENAI, name="house-model"),
    "alias": ServiceRoute(service=OPENAI, name="house-model"),
    "elsewhere": ServiceRoute(
        service=Service(provider="openai", base_url="https://api.deepseek.com/v1"), name="deepseek-chat"
    ),
    "driven": CopilotRoute(name=None),
}
PRICE = "no price is known of these models, so `cost_usd` does not bound them: openai:house-model"
DRIVEN = "the `copilot` command does not tell what it takes, so a budget bounds only the time of these"


def plan(budget: Budget | None, *models: str, own: Budget | None = None) -> Plan:
    steps = [AgentStep(id=f"s{n}", prompt="", model=model) for n, model in enumerate(models)]
    steps.append(AgentStep(id="last", prompt="", model="known", budget=own))
    return plan_of(*steps, options=RunOptions(budget=budget))


def test_models_without_a_known_price_are_named_once_where_money_is_bounded() -> None:
    assert outside_budget(plan(Budget(cost_usd=1), "known", "own", "alias", "own"), ROUTES) == (PRICE,)
    assert outside_budget(plan(Budget(tokens=9, time_s=9), "own"), ROUTES) == ()
    assert outside_budget(plan(None, "own"), ROUTES) == ()


def test_a_price_is_looked_up_by_the_address_too() -> None:
    assert outside_budget(plan(Budget(cost_usd=1), "elsewhere"), ROUTES) == ()


def test_a_step_with_a_budget_of_its_own_is_looked_at_alone() -> None:
    assert outside_budget(plan(None, "own", own=Budget(cost_usd=1)), ROUTES) == ()


def test_steps_that_the_copilot_command_answers_are_named_where_more_than_time_is_bounded() -> None:
    assert outside_budget(plan(Budget(cost_usd=1, tokens=1), "driven"), ROUTES) == (f"{DRIVEN}: s0",)
    assert outside_budget(plan(Budget(time_s=9), "driven"), ROUTES) == ()
    assert unknown_to_budget(plan(Budget(tokens=1), "known")) == (f"{DRIVEN}: s0, last",)
    assert unknown_to_budget(plan(None, "known")) == ()


def test_answers_that_nothing_bounds_are_told_where_the_command_line_alone_bounds_them() -> None:
    bounded = AgentStep(id="bounded", prompt="", model="own", settings=ModelSettings(max_tokens=9))
    driven = AgentStep(id="driven", prompt="", model="driven")
    loose = AgentStep(id="loose", prompt="", model="known")
    asked = plan_of(bounded, driven, loose, options=RunOptions(budget=Budget(tokens=9)))

    told = "the budget can be overshot by the answers of these, which no `max_tokens` bounds: loose"
    assert loosely_bounded(asked, ROUTES, None) == (told,)
    assert loosely_bounded(asked, ROUTES, Budget(time_s=9)) == (told,)
    assert loosely_bounded(asked, ROUTES, Budget(cost_usd=1)) == ()
    assert (
        loosely_bounded(plan_of(bounded, driven, options=RunOptions(budget=Budget(tokens=9))), ROUTES, None)
        == ()
    )
    assert loosely_bounded(plan(Budget(time_s=9), "known"), ROUTES, None) == ()
    assert loosely_bounded(plan(None, "known"), ROUTES, None) == ()
