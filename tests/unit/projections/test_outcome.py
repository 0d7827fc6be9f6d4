"""What a run's end means."""

from __future__ import annotations

import pytest

from goflow.events import Fact, FailureKind, RunFinished, RunStatus, StepFailed, StopReason
from goflow.projections import FailOn, assess, exit_code
from goflow.workflow import OnError
from tests.properties.worlds import plan_of
from tests.unit.projections.runs import fails, not_run, runs, skipped, starts, step, view_of

PLAN = plan_of(
    step("scan"),
    step("test"),
    step("optional", on_error=OnError.CONTINUE),
    step("merge", "scan", "test"),
    step("deploy", "merge"),
)
COMPLETED = RunFinished(status=RunStatus.COMPLETED)
FAILED = RunFinished(status=RunStatus.FAILED)


def code_of(*facts: Fact, fail_on: FailOn | None = None) -> int:
    return exit_code(view_of(*facts, plan=PLAN), PLAN, fail_on=fail_on)


def stopped(reason: StopReason, status: RunStatus = RunStatus.INTERRUPTED) -> RunFinished:
    return RunFinished(status=status, reason=reason)


def test_failed_steps_those_that_ran_without_them_and_those_that_did_not_run_are_told_apart() -> None:
    view = view_of(
        *fails("test"),
        *fails("scan"),
        *runs("merge"),
        skipped("optional"),
        not_run("deploy", "scan"),
        plan=PLAN,
    )
    found = assess(view, PLAN)

    assert found.failed == ("scan", "test")
    assert found.starved == {"merge": ("scan", "test")}
    assert found.not_run == {"deploy": "scan"}


def test_a_run_without_failures_has_none() -> None:
    found = assess(view_of(*runs("scan"), *runs("merge"), plan=PLAN), PLAN)

    assert (found.failed, found.starved, found.not_run) == ((), {}, {})


def test_steps_that_a_view_has_not_met_are_no_failures() -> None:
    found = assess(view_of(*fails("scan")), PLAN)

    assert (found.failed, found.starved, found.not_run) == (("scan",), {}, {})


def test_a_run_that_completed_every_step_is_0() -> None:
    assert code_of(*runs("scan"), *runs("test"), skipped("merge"), COMPLETED) == 0


def test_a_step_that_failed_uncovered_in_a_completed_run_is_3() -> None:
    assert code_of(*fails("scan"), *runs("test"), COMPLETED) == 3


def test_a_step_that_failed_under_continue_is_0() -> None:
    assert code_of(*fails("optional"), *runs("test"), COMPLETED) == 0


def test_a_failed_run_is_1() -> None:
    assert code_of(*runs("scan"), *fails("merge"), not_run("deploy", "merge"), FAILED) == 1


def test_a_run_without_an_end_is_1() -> None:
    assert code_of(starts("scan")) == 1


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (StopReason.SIGINT, 130),
        (StopReason.SIGTERM, 143),
        (StopReason.CANCELLED, 1),
        (StopReason.UNANSWERED, 5),
        (StopReason.TIMEOUT, 6),
    ],
)
def test_a_stopped_run_has_the_code_of_its_reason(reason: StopReason, code: int) -> None:
    assert code_of(*fails("scan"), stopped(reason)) == code


@pytest.mark.parametrize(
    "kind",
    [
        FailureKind.CREDENTIALS,
        FailureKind.MODEL_UNAVAILABLE,
        FailureKind.QUOTA_EXHAUSTED,
        FailureKind.CONNECTION,
    ],
)
def test_a_run_in_which_no_provider_answered_at_all_is_4(kind: FailureKind) -> None:
    assert code_of(*fails("scan", kind=kind), not_run("merge", "scan"), FAILED) == 4
    assert code_of(*fails("scan", kind=kind), *runs("test"), FAILED) == 1
    assert code_of(*fails("scan", kind=kind), *fails("test"), FAILED) == 1


def test_a_signal_comes_before_missing_credentials_and_these_before_a_timeout() -> None:
    refused = fails("scan", kind=FailureKind.CREDENTIALS)

    assert code_of(*refused, stopped(StopReason.SIGINT)) == 130
    assert code_of(*refused, stopped(StopReason.TIMEOUT)) == 4


@pytest.mark.parametrize(
    ("fail_on", "covered", "uncovered", "failed"),
    [
        (None, 0, 3, 1),
        (FailOn.RUN, 0, 0, 1),
        (FailOn.ANY, 3, 3, 1),
        (FailOn.NEVER, 0, 0, 0),
    ],
)
def test_fail_on_says_which_failures_count(
    fail_on: FailOn | None, covered: int, uncovered: int, failed: int
) -> None:
    assert code_of(*runs("test"), *fails("optional"), COMPLETED, fail_on=fail_on) == covered
    assert code_of(*runs("test"), *fails("scan"), COMPLETED, fail_on=fail_on) == uncovered
    assert code_of(*runs("test"), *fails("merge"), FAILED, fail_on=fail_on) == failed


def test_fail_on_never_is_about_failures_and_not_about_stops() -> None:
    assert code_of(stopped(StopReason.CANCELLED), fail_on=FailOn.NEVER) == 1
    assert code_of(stopped(StopReason.SIGINT), fail_on=FailOn.NEVER) == 130
    assert code_of(*fails("scan", kind=FailureKind.CREDENTIALS), FAILED, fail_on=FailOn.NEVER) == 4


def test_a_step_that_is_no_longer_in_the_file_does_not_count() -> None:
    gone = StepFailed(step="gone", failure=fails("gone")[1].failure)  # type: ignore[union-attr]

    assert code_of(*runs("test"), starts("gone"), gone, COMPLETED) == 0
