"""What a run has consumed, and how it is written."""

from __future__ import annotations

import pytest

from goflow.events import CallThrottled, StepCancelled, Usage
from goflow.projections import Spending, sum_run, sum_step
from goflow.projections.quantities import format_cost, format_moment, format_time, format_tokens
from tests.properties.worlds import plan_of
from tests.unit.projections.runs import attempt_fails, completes, failure, runs, starts, step, view_of

PRICED = Usage(requests=1, input_tokens=100, output_tokens=10, cached_tokens=50, cost_usd=0.5)
UNPRICED = Usage(requests=1, input_tokens=7, output_tokens=3)


def test_all_attempts_count_failed_ones_too() -> None:
    view = view_of(
        starts("a"),
        attempt_fails("a", failure(), usage=PRICED),
        starts("a", 2),
        completes("a", attempt=2, usage=UNPRICED),
        starts("b"),
        completes("b", usage=PRICED),
    )

    assert sum_step(view.steps["a"]) == Spending(
        requests=2, input_tokens=107, output_tokens=13, cached_tokens=50, cost_usd=0.5, unpriced=1
    )
    assert sum_run(view).cost_usd == 1.0
    assert sum_run(view).tokens == 230


def test_a_cost_that_nobody_knows_is_not_nothing() -> None:
    spent = sum_run(view_of(starts("a"), completes("a", usage=UNPRICED)))

    assert (spent.cost_usd, spent.unpriced) == (None, 1)


def test_an_attempt_that_was_cut_off_has_cost_something_unknown() -> None:
    spent = sum_run(
        view_of(starts("a"), completes("a", usage=PRICED), starts("b"), StepCancelled(step="b"), starts("c"))
    )

    assert (spent.cost_usd, spent.unpriced) == (0.5, 1)


def test_a_run_that_consumed_nothing_is_not_unpriced() -> None:
    spent = sum_run(view_of(*runs("a"), starts("b"), StepCancelled(step="b")))

    assert spent == Spending()


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (0, "0 tok"),
        (999, "999 tok"),
        (1000, "1.0k tok"),
        (61_400, "61.4k tok"),
        (999_949, "999.9k tok"),
        (999_950, "1.0M tok"),
        (2_500_000, "2.5M tok"),
    ],
)
def test_tokens_are_written_short(tokens: int, text: str) -> None:
    assert format_tokens(tokens) == text


@pytest.mark.parametrize(
    ("cost", "unpriced", "text"),
    [
        (None, 0, ""),
        (None, 2, "2 unpriced"),
        (0.0061, 0, "$0.0061"),
        (0.173, 0, "$0.17"),
        (0.04, 1, "$0.0400 + 1 unpriced"),
        (12.5, 3, "$12.50 + 3 unpriced"),
    ],
)
def test_a_cost_is_written_with_what_is_missing_from_it(cost: float | None, unpriced: int, text: str) -> None:
    assert format_cost(Spending(cost_usd=cost, unpriced=unpriced)) == text


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "0.00s"),
        (34, "0.03s"),
        (4200, "4.2s"),
        (59_949, "59.9s"),
        (59_950, "1m 00s"),
        (125_000, "2m 05s"),
        (3_780_000, "1h 03m"),
        (90_000_000, "25h 00m"),
    ],
)
def test_a_time_is_written_short(milliseconds: int, text: str) -> None:
    assert format_time(milliseconds) == text


def test_a_request_that_was_stopped_while_it_waited_for_its_turn_has_cost_nothing() -> None:
    throttled = CallThrottled(step="a", attempt=1, limit="budget", reason="spent")
    spent = Usage(requests=1, input_tokens=5, cost_usd=0.5)
    facts = (starts("b"), completes("b", usage=spent), starts("a"), throttled, StepCancelled(step="a"))

    assert sum_run(view_of(*facts, plan=plan_of(step("a"), step("b")))).unpriced == 0


def test_requests_that_nobody_bills_say_nothing_of_a_price() -> None:
    refused = Usage(requests=3, cost_usd=0.0)
    answered = Usage(requests=1, input_tokens=5)
    facts = (
        starts("a"),
        attempt_fails("a", failure(), usage=refused),
        starts("b"),
        completes("b", usage=answered),
    )

    spent = sum_run(view_of(*facts, plan=plan_of(step("a"), step("b"))))

    assert (spent.requests, spent.cost_usd, spent.unpriced) == (4, None, 1)


@pytest.mark.parametrize("at_ms", [-(10**17), 10**17, 10**30])
def test_what_is_no_moment_is_written_as_a_number(at_ms: int) -> None:
    assert format_moment(at_ms) == f"{at_ms} ms after 1970"
