"""The last lines on stderr."""

from __future__ import annotations

import pytest

from goflow.events import (
    Fact,
    QuestionAsked,
    RunFinished,
    RunStatus,
    StopReason,
    StopRequested,
    TimerFired,
    TimerKind,
    Usage,
)
from goflow.planning.options import RunOptions
from goflow.planning.plan import Plan
from goflow.projections import summarize
from goflow.workflow import Budget
from tests.properties.worlds import plan_of
from tests.unit.projections.runs import completes, fails, not_run, runs, starts, step, view_of

PLAN = plan_of(step("scan"), step("test"), step("merge", "scan", "test"), step("deploy", "merge"))
COMPLETED = RunFinished(status=RunStatus.COMPLETED)


def summary_of(*facts: Fact, plan: Plan = PLAN) -> str:
    return summarize(view_of(*facts, plan=plan), plan)


def test_a_good_run_is_one_line_and_needs_nothing_next() -> None:
    assert summary_of(*runs("scan"), COMPLETED) == "completed in 3.0s\n"


def test_tokens_and_cost_are_told_where_there_are_any() -> None:
    priced = Usage(requests=1, input_tokens=2000, output_tokens=452, cost_usd=0.0061)
    unpriced = Usage(requests=1, input_tokens=10, output_tokens=1)
    text = summary_of(
        starts("scan"),
        completes("scan", usage=priced),
        starts("test"),
        completes("test", usage=unpriced),
        COMPLETED,
    )

    assert text == "completed in 5.0s · 2.5k tok · $0.0061 + 1 unpriced\n"


def test_every_failed_and_every_starved_step_is_named_and_one_command_follows() -> None:
    text = summary_of(*fails("scan", "HTTP 429\nslow down"), *fails("test", "bad"), *runs("merge"), COMPLETED)

    assert text == (
        "finished with 2 failed steps in 9.0s\n"
        "  scan failed: HTTP 429\n"
        "    slow down\n"
        "  test failed: bad\n"
        "  merge ran on an empty input: scan and test failed\n"
        "next: goflow resume r-1\n"
    )


def test_a_failed_run_names_what_did_not_run_and_why() -> None:
    text = summary_of(
        *fails("merge", "bad"), not_run("deploy", "merge"), RunFinished(status=RunStatus.FAILED)
    )

    assert text == (
        "failed with 1 failed step in 5.0s\n"
        "  merge failed: bad\n"
        "  not run because merge failed: deploy\n"
        "next: goflow resume r-1\n"
    )


def test_of_many_steps_that_did_not_run_ten_are_named() -> None:
    names = [f"after-{number}" for number in range(12)]
    plan = plan_of(step("first"), *(step(name, "first") for name in names))
    text = summary_of(*fails("first"), *(not_run(name, "first") for name in names), plan=plan)

    assert f"  not run because first failed: {', '.join(names[:10])} and 2 more\n" in text


def test_three_empty_inputs_are_listed() -> None:
    plan = plan_of(step("a"), step("b"), step("c"), step("d", "a", "b", "c"))
    text = summary_of(*fails("a"), *fails("b"), *fails("c"), *runs("d"), plan=plan)

    assert "  d ran on an empty input: a, b and c failed\n" in text


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (StopReason.SIGINT, "interrupted"),
        (StopReason.SIGTERM, "terminated"),
        (StopReason.CANCELLED, "cancelled"),
        (StopReason.TIMEOUT, "stopped by the timeout"),
    ],
)
def test_a_stopped_run_says_how_far_it_came(reason: StopReason, words: str) -> None:
    text = summary_of(*runs("scan"), RunFinished(status=RunStatus.INTERRUPTED, reason=reason))

    assert text == f"{words} with 1 of 4 steps done in 3.0s\nnext: goflow resume r-1\n"


def test_a_run_that_waits_for_an_answer_shows_the_question() -> None:
    asked = QuestionAsked(step="scan", attempt=1, question_id="q", text="which one?")
    text = summary_of(
        starts("scan"), asked, RunFinished(status=RunStatus.WAITING, reason=StopReason.UNANSWERED)
    )

    assert text == (
        "stopped for an answer that nobody could give with 0 of 4 steps done in 3.0s\n"
        "  scan asks: which one?\n"
        "next: goflow answer r-1 ANSWER, then goflow resume r-1\n"
    )


def test_where_several_steps_ask_an_answer_names_its_step() -> None:
    asked = [
        QuestionAsked(step=step, attempt=1, question_id=step, text="which one?") for step in ("plan", "scan")
    ]
    stopped = RunFinished(status=RunStatus.WAITING, reason=StopReason.UNANSWERED)
    text = summary_of(starts("plan"), starts("scan"), *asked, stopped)

    assert text.endswith("next: goflow answer r-1 --step ID ANSWER, then goflow resume r-1\n")


def test_a_run_that_its_id_does_not_find_is_called_by_another_name() -> None:
    view = view_of(*runs("scan"), plan=PLAN)

    text = summarize(view, PLAN, reference="elsewhere/run")

    assert text.endswith("next: goflow resume elsewhere/run\n")


def test_a_run_without_an_end_can_be_resumed() -> None:
    assert summary_of(starts("scan")) == "left unfinished in 1.0s\nnext: goflow resume r-1\n"


def test_a_run_that_stopped_without_a_reason_was_interrupted() -> None:
    assert summary_of(RunFinished(status=RunStatus.INTERRUPTED)).startswith("interrupted with 0 of 4")


def test_a_run_laid_aside_says_when_its_quota_is_there_again() -> None:
    laid_aside = RunFinished(
        status=RunStatus.INTERRUPTED, reason=StopReason.QUOTA, resume_at_ms=1_800_000_000_000
    )

    assert summary_of(*runs("scan"), laid_aside) == (
        "laid aside until providers take requests again with 1 of 4 steps done in 3.0s\n"
        "  the first is said to do so at 2027-01-15 08:00 UTC\n"
        "next: goflow resume r-1 --wait\n"
    )


def test_a_run_over_its_budget_says_what_a_request_needs_and_the_least_that_would_do() -> None:
    stop = StopRequested(reason=StopReason.BUDGET, grace_s=None, needs_usd=0.00826, needs_tokens=300)
    stopped = RunFinished(status=RunStatus.INTERRUPTED, reason=StopReason.BUDGET)
    budget = Budget(cost_usd=0.006, tokens=500, time_s=60)
    plan = plan_of(step("scan"), step("test"), options=RunOptions(budget=budget))
    used = Usage(requests=1, input_tokens=450, cost_usd=0.001)

    assert summary_of(starts("scan"), completes("scan", usage=used), stop, stopped, plan=plan) == (
        "stopped by the budget with 1 of 2 steps done in 4.0s · 450 tok · $0.0010\n"
        "  a request may take up to $0.0083, $0.0050 is left\n"
        "  a request may take up to 300 tokens, 50 are left\n"
        "next: goflow resume r-1 --budget cost_usd=0.0093,tokens=750\n"
    )


def test_a_run_whose_time_is_over_asks_for_time_alone() -> None:
    over = TimerFired(timer=TimerKind.TIME_BUDGET)
    stopped = RunFinished(status=RunStatus.INTERRUPTED, reason=StopReason.BUDGET)
    plan = plan_of(step("scan"), options=RunOptions(budget=Budget(tokens=500, time_s=60)))

    assert summary_of(over, stopped, plan=plan).endswith("next: goflow resume r-1 --budget time=N\n")


def test_a_run_over_its_budget_says_how_it_goes_on() -> None:
    stopped = RunFinished(status=RunStatus.INTERRUPTED, reason=StopReason.BUDGET)
    said = "stopped by the budget with 1 of {} steps done in 3.0s\nnext: goflow resume r-1 --budget {}\n"

    assert summary_of(*runs("scan"), stopped) == said.format(4, "cost_usd=N")

    options = RunOptions(budget=Budget(tokens=500, time_s=60))
    bounded = plan_of(step("scan"), step("test"), options=options)
    assert summary_of(*runs("scan"), stopped, plan=bounded) == said.format(2, "tokens=N,time=N")
