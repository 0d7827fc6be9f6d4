from __future__ import annotations

import pytest

from goflow.planning.compile import compile_plan
from goflow.planning.options import RunOptions
from goflow.planning.plan import Plan, PlannedBudget
from goflow.workflow import AgentStep, Budget, Bundle, Workflow


def planned(
    *, step: Budget | None = None, workflow: Budget | None = None, flag: Budget | None = None
) -> Plan:
    written = Workflow(name="w", steps=(AgentStep(id="a", prompt="x", budget=step),), budget=workflow)
    bundle = Bundle(workflow=written, path="/w.yaml", shown_path="w.yaml", agents={})
    return compile_plan(bundle, inputs={}, options=RunOptions(budget=flag))


def test_nothing_is_bounded_where_nothing_is_said_or_only_zero() -> None:
    assert planned().budget is None
    assert planned(workflow=Budget()).budget is None


def test_a_flag_wins_bound_by_bound() -> None:
    found = planned(workflow=Budget(cost_usd=1, tokens=500), flag=Budget(cost_usd=2, time_s=1.5))
    assert found.budget == PlannedBudget(cost_usd=2, tokens=500, time_ms=1500)


def test_a_steps_budget_is_its_own() -> None:
    found = planned(step=Budget(tokens=9), flag=Budget(tokens=99))
    assert found.steps["a"].budget == PlannedBudget(tokens=9)


@pytest.mark.parametrize(
    ("timeout_s", "time_s", "expected"),
    [(None, 5.0, 5000), (3.0, 5.0, 3000), (9.0, 5.0, 5000), (9.0, 0.0, 9000)],
)
def test_a_step_has_the_time_of_its_timeout_or_of_its_budget(
    timeout_s: float | None, time_s: float, expected: int
) -> None:
    step = AgentStep(id="a", prompt="x", timeout_s=timeout_s, budget=Budget(time_s=time_s))
    bundle = Bundle(
        workflow=Workflow(name="w", steps=(step,)), path="/w.yaml", shown_path="w.yaml", agents={}
    )
    assert compile_plan(bundle, inputs={}, options=RunOptions()).steps["a"].timeout_ms == expected
