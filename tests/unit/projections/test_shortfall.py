"""What a budget was short of when it stopped a run."""

from __future__ import annotations

import pytest

from goflow.events import RunClaimed, RunFinished, RunStatus, StopReason, StopRequested
from goflow.planning.options import RunOptions
from goflow.projections.shortfall import (
    Shortfall,
    TokenShortfall,
    UsdShortfall,
    amounts_to_raise,
    shortfalls_of,
    stop_for,
    tell_shortfalls,
)
from goflow.workflow import Budget
from tests.properties.worlds import plan_of
from tests.unit.projections.runs import step, view_of

USD = UsdShortfall(needs=0.25, spent=0.75, bound=0.8)
TOKENS = TokenShortfall(needs=500, spent=10, bound=400)
STOPPED = RunFinished(status=RunStatus.INTERRUPTED, reason=StopReason.BUDGET)


def test_each_amount_says_what_a_request_may_take_what_is_left_and_what_would_do() -> None:
    assert tell_shortfalls([USD, TOKENS]) == (
        "a request may take up to $0.2500, $0.0500 is left: give at least $1.0000; "
        "a request may take up to 500 tokens, 390 are left: give at least 510 tokens"
    )
    assert (USD.flag(), TOKENS.flag()) == ("cost_usd=1", "tokens=510")


def test_what_is_overspent_leaves_nothing() -> None:
    assert "$0.0000 is left" in UsdShortfall(needs=1, spent=2, bound=1).told()
    assert " 0 are left" in TokenShortfall(needs=1, spent=2, bound=1).told()


@pytest.mark.parametrize(
    ("short", "raised"),
    [
        ((USD,), "cost_usd=0.25"),
        ((TOKENS,), "tokens=500"),
        ((USD, TOKENS), "cost_usd=0.25,tokens=500"),
        ((), "cost_usd=N,tokens=N"),
    ],
)
def test_a_run_that_was_stopped_names_the_amounts_that_were_short(
    short: tuple[Shortfall, ...], raised: str
) -> None:
    plan = plan_of(step("a"), options=RunOptions(budget=Budget(cost_usd=0.1, tokens=400)))
    view = view_of(stop_for(short), STOPPED, plan=plan)

    assert len(shortfalls_of(view, plan)) == len(short)
    assert amounts_to_raise(view, plan) == raised


def test_an_amount_that_the_plan_no_longer_bounds_is_short_of_nothing() -> None:
    view = view_of(stop_for([USD, TOKENS]), STOPPED)

    assert shortfalls_of(view, plan_of(step("a"), options=RunOptions(budget=Budget(time_s=9)))) == ()
    assert shortfalls_of(view, plan_of(step("a"))) == ()
    assert shortfalls_of(view, None) == ()
    assert amounts_to_raise(view, None) == "cost_usd=N"


def test_what_was_held_for_an_answer_that_told_no_usage_is_not_said_to_be_short_of_what_is_there() -> None:
    plan = plan_of(step("a"), options=RunOptions(budget=Budget(cost_usd=0.25, tokens=500)))
    view = view_of(stop_for([USD, TOKENS]), STOPPED, plan=plan)

    assert shortfalls_of(view, plan) == ()
    assert amounts_to_raise(view, plan) == "cost_usd=N,tokens=N"


def test_the_first_stop_counts_and_a_new_owner_is_short_of_nothing() -> None:
    other = StopRequested(reason=StopReason.BUDGET, grace_s=None, needs_tokens=7)
    plan = plan_of(step("a"), options=RunOptions(budget=Budget(tokens=400)))

    assert amounts_to_raise(view_of(stop_for([TOKENS]), other, STOPPED), plan) == "tokens=500"
    resumed = view_of(stop_for([TOKENS]), STOPPED, RunClaimed(epoch=2, owner="b"), STOPPED)
    assert amounts_to_raise(resumed, plan) == "tokens=N"
