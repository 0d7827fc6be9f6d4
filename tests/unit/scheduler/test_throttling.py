"""Requests that wait for their turn, and steps that wait for a quota."""

from __future__ import annotations

from dataclasses import replace

import pytest

from goflow.events import (
    AttemptFailed,
    CallAdmitted,
    CallThrottled,
    Failure,
    FailureKind,
    RunStatus,
    StopReason,
    StopRequested,
    TimerFired,
    TimerKind,
    TurnTaken,
)
from goflow.planning.options import RunOptions
from goflow.scheduler import decide
from goflow.scheduler.commands import CancelStep, FailStep, FinishRun, StartAttempt
from goflow.scheduler.retry import (
    LONGEST_WAIT_S,
    MOST_QUOTA_REFUSALS,
    NextModel,
    WaitForQuota,
    WaitThenRetry,
    next_move,
)
from goflow.workflow import AgentStep, Budget, Config
from tests.properties.drive import Driver
from tests.properties.worlds import World, plan_of

THROTTLED = CallThrottled(step="a", attempt=1, limit="openai:m", reason="too many requests")
ADMITTED = CallAdmitted(step="a", attempt=1, waited_ms=5000)
FOR_A_DAY = Failure(kind=FailureKind.QUOTA_EXHAUSTED, message="used up", retry_after_s=86_400)


def started(*steps: AgentStep, config: Config | None = None, options: RunOptions | None = None) -> Driver:
    plan = plan_of(*steps, config=config, options=options)
    driver = Driver(World(plan=plan, script={step.id: ("ok",) for step in steps}))
    driver.claim()
    driver.obey()
    return driver


def fail(driver: Driver, failure: Failure, step: str = "a") -> None:
    driver.happen(AttemptFailed(step=step, attempt=1, failure=failure, chance=0.0))


def test_the_timeout_stands_still_while_a_request_waits_for_its_turn() -> None:
    driver = started(AgentStep(id="a", prompt="", timeout_s=10))
    driver.now_ms += 4000
    driver.happen(THROTTLED)
    assert driver.state.next_due_ms() is None
    driver.now_ms += 60_000
    driver.happen(ADMITTED)
    assert driver.state.next_due_ms() == driver.now_ms + 6000


def test_what_a_request_had_waited_before_that_was_told_does_not_count_either() -> None:
    driver = started(AgentStep(id="a", prompt="", timeout_s=10))
    driver.now_ms += 4000
    driver.happen(replace(THROTTLED, waited_ms=100))
    driver.happen(ADMITTED)
    assert driver.state.next_due_ms() == driver.now_ms + 6100


def test_a_request_that_waits_is_shown_waiting_and_keeps_its_slot() -> None:
    driver = started(
        AgentStep(id="a", prompt=""), AgentStep(id="b", prompt=""), config=Config(max_concurrency=1)
    )
    driver.happen(THROTTLED)
    assert list(driver.state.waiting) == ["a"]
    assert decide(driver.state) == []
    driver.happen(ADMITTED)
    assert list(driver.state.running) == ["a"]
    assert decide(driver.state) == []


def test_a_step_without_a_timeout_goes_on_without_one() -> None:
    driver = started(AgentStep(id="a", prompt=""))
    driver.happen(THROTTLED)
    driver.happen(ADMITTED)
    assert driver.state.next_due_ms() is None


def test_a_request_that_waits_is_stopped_with_the_run_at_once() -> None:
    driver = started(AgentStep(id="a", prompt=""))
    driver.happen(THROTTLED)
    driver.happen(StopRequested(reason=StopReason.BUDGET, grace_s=None))
    assert decide(driver.state) == [CancelStep("a")]
    driver.obey()
    assert decide(driver.state) == [FinishRun(RunStatus.INTERRUPTED, StopReason.BUDGET)]


def test_an_attempt_that_fails_while_it_waits_gives_its_slot_back() -> None:
    driver = started(
        AgentStep(id="a", prompt="", retry_count=1),
        AgentStep(id="b", prompt=""),
        config=Config(max_concurrency=1),
    )
    driver.happen(THROTTLED)
    fail(driver, Failure(kind=FailureKind.OVERLOADED, message="busy"))
    assert decide(driver.state) == [StartAttempt("b", 1, None)]


def test_a_new_owner_finds_no_request_waiting() -> None:
    driver = started(AgentStep(id="a", prompt=""), config=Config(max_concurrency=1))
    driver.happen(THROTTLED)
    driver.claim()
    assert decide(driver.state) == [StartAttempt("a", 2, None)]


def test_a_quota_that_comes_back_soon_is_waited_for_and_takes_no_retry() -> None:
    driver = started(AgentStep(id="a", prompt="", timeout_s=10))
    fail(driver, Failure(kind=FailureKind.QUOTA_EXHAUSTED, message="used up", retry_after_s=30))
    assert decide(driver.state) == []
    driver.now_ms += 30_000
    assert driver.state.take_due(driver.now_ms) == [(driver.now_ms, TimerKind.RETRY, "a")]
    driver.happen(TimerFired(timer=TimerKind.RETRY, step="a"))
    assert decide(driver.state) == [StartAttempt("a", 2, None)]
    assert driver.state.steps["a"].retries_used == 0


def test_a_run_is_laid_aside_when_all_that_is_left_waits_for_a_quota_for_long() -> None:
    driver = started(AgentStep(id="a", prompt=""), AgentStep(id="b", prompt=""))
    fail(driver, FOR_A_DAY)
    there_again_ms = driver.now_ms + 86_400_000
    assert decide(driver.state) == []  # `b` still runs
    driver.end_attempt("b")
    finish = FinishRun(RunStatus.INTERRUPTED, StopReason.QUOTA, resume_at_ms=there_again_ms)
    assert decide(driver.state) == [finish]
    driver.obey()
    assert driver.state.status is RunStatus.INTERRUPTED
    driver.claim()
    assert decide(driver.state) == [StartAttempt("a", 2, None)]


def refuse(driver: Driver, failure: Failure, times: int) -> None:
    """Let attempts of a step alone fail so often, each when it is asked again."""
    for _ in range(times):
        assert list(driver.state.running) == ["a"]
        attempt = driver.state.steps["a"].attempt
        driver.happen(AttemptFailed(step="a", attempt=attempt, failure=failure, chance=0.0))
        if "a" not in driver.state.parked:
            driver.now_ms += round(1000 * (failure.retry_after_s or 0.0))
            driver.happen(TimerFired(timer=TimerKind.RETRY, step="a"))
            driver.obey()


SOON = Failure(kind=FailureKind.QUOTA_EXHAUSTED, message="used up", retry_after_s=4)


def test_a_quota_that_is_never_there_when_it_is_said_to_be_lays_the_run_aside() -> None:
    driver = started(AgentStep(id="a", prompt=""))
    refuse(driver, SOON, MOST_QUOTA_REFUSALS - 1)
    assert driver.state.parked == {}
    refuse(driver, SOON, 1)
    there_again_ms = driver.now_ms + 4000
    finish = FinishRun(RunStatus.INTERRUPTED, StopReason.QUOTA, resume_at_ms=there_again_ms)
    assert decide(driver.state) == [finish]
    driver.obey()
    driver.claim()
    driver.obey()
    refuse(driver, SOON, MOST_QUOTA_REFUSALS - 1)
    assert driver.state.parked == {}


def test_only_refusals_in_a_row_are_counted() -> None:
    driver = started(AgentStep(id="a", prompt="", retry_count=9))
    refuse(driver, SOON, MOST_QUOTA_REFUSALS - 1)
    driver.happen(TurnTaken(step="a", attempt=driver.state.steps["a"].attempt, message="m"))
    refuse(driver, SOON, MOST_QUOTA_REFUSALS - 1)
    refuse(driver, Failure(kind=FailureKind.OVERLOADED, message="busy", retry_after_s=1), 1)
    refuse(driver, SOON, MOST_QUOTA_REFUSALS - 1)
    assert driver.state.parked == {}


def test_a_run_is_not_kept_up_for_an_overloaded_provider_that_names_a_long_wait() -> None:
    driver = started(AgentStep(id="a", prompt="", retry_count=2, timeout_s=10))
    fail(driver, Failure(kind=FailureKind.OVERLOADED, message="busy", retry_after_s=3600))
    due_ms = driver.state.parked["a"]
    assert due_ms >= driver.now_ms + 3_600_000
    assert driver.state.next_due_ms() == due_ms
    assert driver.state.steps["a"].retries_used == 1
    finish = FinishRun(RunStatus.INTERRUPTED, StopReason.QUOTA, resume_at_ms=due_ms)
    assert decide(driver.state) == [finish]


def test_a_quota_that_comes_back_while_others_still_run_is_used() -> None:
    driver = started(AgentStep(id="a", prompt=""), AgentStep(id="b", prompt=""))
    fail(driver, FOR_A_DAY)
    driver.now_ms += 86_400_000
    driver.happen(TimerFired(timer=TimerKind.RETRY, step="a"))
    assert decide(driver.state) == [StartAttempt("a", 2, None)]


def test_what_waits_for_a_quota_is_cancelled_with_the_run() -> None:
    driver = started(AgentStep(id="a", prompt=""), AgentStep(id="b", prompt=""))
    fail(driver, FOR_A_DAY)
    driver.happen(StopRequested(reason=StopReason.SIGINT, grace_s=0.0))
    while decide(driver.state):
        driver.obey()
    assert driver.state.reason is StopReason.SIGINT


@pytest.mark.parametrize(
    ("failure", "has_next", "expected"),
    [
        (FOR_A_DAY, True, NextModel()),
        (FOR_A_DAY, False, WaitForQuota(86_400_000, is_long=True)),
        (
            Failure(kind=FailureKind.RATE_LIMITED, message="", retry_after_s=LONGEST_WAIT_S + 1),
            False,
            WaitForQuota(601_000, is_long=True),
        ),
        (
            Failure(kind=FailureKind.RATE_LIMITED, message="", retry_after_s=LONGEST_WAIT_S),
            False,
            WaitThenRetry(600_062),
        ),
    ],
)
def test_what_follows_a_limit(failure: Failure, *, has_next: bool, expected: object) -> None:
    found = next_move(failure, chance=0.0, retries_used=0, retry_count=1, has_next_model=has_next)
    assert found == expected


def test_the_time_of_a_budget_lets_running_steps_end_and_counts_earlier_owners() -> None:
    options = RunOptions(budget=Budget(time_s=10))
    driver = started(AgentStep(id="a", prompt=""), AgentStep(id="b", prompt=""), options=options)
    driver.now_ms += 4000
    driver.end_attempt("b")
    driver.now_ms += 3_600_000  # nobody works on it
    driver.claim()
    driver.obey()
    due_ms = driver.now_ms + 6000
    assert driver.state.next_due_ms() == due_ms
    driver.now_ms = due_ms
    driver.happen(TimerFired(timer=TimerKind.TIME_BUDGET))
    assert decide(driver.state) == []
    assert driver.state.next_due_ms() is None
    driver.end_attempt("a")
    assert decide(driver.state) == [FinishRun(RunStatus.COMPLETED, None)]


def test_a_step_whose_budget_of_time_is_over_fails_and_says_so() -> None:
    driver = started(AgentStep(id="a", prompt="", budget=Budget(time_s=2.5)))
    driver.now_ms += 2500
    driver.happen(TimerFired(timer=TimerKind.STEP_TIMEOUT, step="a"))
    failure = Failure(kind=FailureKind.OVER_BUDGET, message="the step's budget allows no more than 2.5s")
    assert decide(driver.state) == [FailStep("a", failure)]
