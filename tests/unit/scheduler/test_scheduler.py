"""Single moments of a run that the laws do not single out."""

from __future__ import annotations

import pytest

from goflow.events import (
    AttemptFailed,
    Failure,
    FailureKind,
    MemoryWritten,
    QuestionAnswered,
    QuestionAsked,
    RunReopened,
    RunStatus,
    StepCompleted,
    StopReason,
    StopRequested,
    TimerFired,
    TimerKind,
    TurnTaken,
    Usage,
)
from goflow.planning.options import RunOptions
from goflow.scheduler import IllegalTransition, StepStatus, decide, replay, steps_to_redo
from goflow.scheduler.commands import (
    CancelStep,
    ContinueAttempt,
    DropStep,
    FailStep,
    FinishRun,
    SkipStep,
    StartAttempt,
)
from goflow.workflow import AgentStep, Condition, Config, OnError
from tests.properties.drive import Driver
from tests.properties.worlds import LASTING, PASSING, UNAVAILABLE, World, plan_of


def started(
    *steps: AgentStep,
    config: Config | None = None,
    script: dict[str, tuple[str | Failure, ...]] | None = None,
) -> Driver:
    answers: dict[str, tuple[str | Failure, ...]] = {step.id: ("ok",) for step in steps}
    driver = Driver(World(plan=plan_of(*steps, config=config), script=answers | (script or {})))
    driver.claim()
    return driver


def first(_count: int) -> int:
    return 0


def ask(driver: Driver, step: str = "a", question: str = "q-1") -> None:
    driver.happen(QuestionAsked(step=step, attempt=1, question_id=question, text="which?"))


def answer(driver: Driver, text: str = "this", step: str = "a", question: str = "q-1") -> None:
    driver.happen(QuestionAnswered(step=step, question_id=question, text=text, by="test"))


def test_a_step_starts_as_soon_as_its_own_needs_have_ended() -> None:
    driver = started(
        AgentStep(id="slow", prompt=""),
        AgentStep(id="quick", prompt=""),
        AgentStep(id="after-quick", prompt="", depends_on=("quick",)),
    )
    driver.obey()
    driver.end_attempt("quick")

    assert decide(driver.state) == [StartAttempt("after-quick", 1, None)]


def test_a_wide_fan_out_starts_in_pieces() -> None:
    driver = started(*(AgentStep(id=f"s{n}", prompt="") for n in range(300)))

    assert len(driver.obey()) == 256
    assert len(driver.obey()) == 44


def test_a_step_that_waits_for_a_person_frees_its_slot_and_needs_one_to_go_on() -> None:
    driver = started(
        AgentStep(id="a", prompt=""), AgentStep(id="b", prompt=""), config=Config(max_concurrency=1)
    )
    driver.obey()
    ask(driver)
    assert driver.obey() == [StartAttempt("b", 1, None)]
    answer(driver)
    assert decide(driver.state) == []
    driver.end_attempt("b")
    assert decide(driver.state) == [ContinueAttempt("a", 1)]


def test_the_first_answer_wins() -> None:
    driver = started(AgentStep(id="a", prompt=""))
    driver.obey()
    ask(driver)
    answer(driver, "this")
    answer(driver, "that")

    assert driver.state.answers == {"q-1": "this"}
    assert driver.obey() == [ContinueAttempt("a", 1)]


def test_an_answer_outlives_the_attempt_that_asked() -> None:
    driver = started(AgentStep(id="a", prompt=""))
    driver.obey()
    ask(driver)
    answer(driver)
    driver.claim()

    assert driver.state.answers == {"q-1": "this"}
    assert driver.obey() == [StartAttempt("a", 2, None)]


def test_a_timeout_stands_still_while_a_person_is_asked() -> None:
    driver = started(AgentStep(id="a", prompt="", timeout_s=1))
    driver.obey()
    driver.now_ms += 400
    ask(driver)
    assert driver.state.next_due_ms() is None
    driver.now_ms += 60_000
    answer(driver)
    driver.obey()

    assert driver.state.next_due_ms() == driver.now_ms + 600


def test_a_step_fails_when_its_time_is_over_and_is_not_tried_again() -> None:
    driver = started(AgentStep(id="a", prompt="", timeout_s=1.5, retry_count=5))
    driver.obey()
    driver.happen(TimerFired(timer=TimerKind.STEP_TIMEOUT, step="a"))

    expected = Failure(kind=FailureKind.STEP_TIMEOUT, message="timed out after 1.5s")
    assert decide(driver.state) == [FailStep("a", expected)]


def test_a_timeout_bounds_all_attempts_of_a_step_together() -> None:
    driver = started(AgentStep(id="a", prompt="", timeout_s=1, retry_count=5), script={"a": (PASSING,)})
    driver.obey()
    driver.end_attempt("a")
    driver.finish(first)

    assert driver.state.failures["a"].kind is FailureKind.STEP_TIMEOUT
    assert driver.now_ms == 2000


def test_a_timer_that_fires_as_its_step_ends_means_nothing() -> None:
    driver = started(AgentStep(id="a", prompt="", timeout_s=1), AgentStep(id="b", prompt=""))
    driver.obey()
    driver.end_attempt("a")
    driver.happen(TimerFired(timer=TimerKind.STEP_TIMEOUT, step="a"))
    driver.happen(TimerFired(timer=TimerKind.RETRY, step="a"))
    driver.happen(TimerFired(timer=TimerKind.DRAIN))

    assert driver.state.steps["a"].status is StepStatus.COMPLETED
    assert decide(driver.state) == []


def test_models_are_tried_in_order_and_each_is_named_when_none_is_available() -> None:
    step = AgentStep(id="a", prompt="", model="one")
    driver = started(step, script={"a": (UNAVAILABLE,)})
    driver.obey()
    driver.end_attempt("a")
    assert driver.obey() == [StartAttempt("a", 2, None)]
    driver.end_attempt("a")

    assert decide(driver.state) == [
        FailStep(
            "a",
            Failure(
                kind=FailureKind.MODEL_UNAVAILABLE,
                message="all models unavailable: one: not here; the default model: not here",
            ),
        )
    ]


def test_moving_on_to_another_model_uses_up_no_retry() -> None:
    step = AgentStep(id="a", prompt="", model="one", retry_count=1)
    driver = started(step, script={"a": (UNAVAILABLE, PASSING, "fine")})
    driver.finish(first)

    assert driver.state.outputs == {"a": "fine"}


def test_a_condition_sees_the_whole_output_and_a_skipped_step_reads_as_empty() -> None:
    steps = (
        AgentStep(id="a", prompt=""),
        AgentStep(id="b", prompt="", depends_on=("a",), condition=Condition(step="a", contains=("go",))),
        AgentStep(id="c", prompt="{{steps.b.output}}", depends_on=("b",)),
    )
    driver = started(*steps, script={"a": ("stop",)})
    driver.obey()
    driver.end_attempt("a")
    assert driver.obey() == [SkipStep("b", "condition not met: step 'a' does not contain 'go'")]

    assert driver.obey() == [StartAttempt("c", 1, None)]


def test_a_failure_among_siblings_does_not_stop_what_comes_after() -> None:
    steps = (
        AgentStep(id="a", prompt=""),
        AgentStep(id="b", prompt=""),
        AgentStep(id="c", prompt="", depends_on=("a", "b")),
    )
    driver = started(*steps, script={"a": (LASTING,)})
    driver.finish(first)

    assert driver.state.status is RunStatus.COMPLETED
    assert driver.state.outputs == {"b": "ok", "c": "ok"}


def test_a_failure_that_is_alone_in_its_level_stops_what_comes_after() -> None:
    steps = (AgentStep(id="a", prompt=""), AgentStep(id="b", prompt="", depends_on=("a",)))
    driver = started(*steps, script={"a": (LASTING,)})
    driver.obey()
    driver.end_attempt("a")
    driver.obey()

    assert driver.obey() == [DropStep("b", "a")]
    assert driver.obey() == [FinishRun(RunStatus.FAILED, None)]


def test_on_error_continue_goes_on_from_any_level() -> None:
    steps = (
        AgentStep(id="a", prompt="", on_error=OnError.CONTINUE),
        AgentStep(id="b", prompt="", depends_on=("a",)),
    )
    driver = started(*steps, script={"a": (LASTING,)})
    driver.finish(first)

    assert driver.state.outputs == {"b": "ok"}


def test_a_drained_run_lets_running_steps_end_and_cancels_those_that_wait() -> None:
    steps = (
        AgentStep(id="a", prompt=""),
        AgentStep(id="b", prompt="", retry_count=1),
        AgentStep(id="c", prompt="", depends_on=("a",)),
    )
    driver = started(*steps, script={"b": (PASSING,)})
    driver.obey()
    driver.end_attempt("b")
    driver.happen(StopRequested(reason=StopReason.SIGINT, grace_s=10.0))
    assert driver.obey() == [CancelStep("b")]
    driver.end_attempt("a")

    assert driver.obey() == [FinishRun(RunStatus.INTERRUPTED, StopReason.SIGINT)]
    assert driver.state.steps["c"].status is StepStatus.PENDING


def test_running_steps_are_cancelled_when_their_time_to_end_is_over() -> None:
    driver = started(AgentStep(id="a", prompt=""))
    driver.obey()
    driver.happen(StopRequested(reason=StopReason.SIGTERM, grace_s=10.0))
    assert decide(driver.state) == []
    assert driver.state.next_due_ms() == driver.now_ms + 10_000
    driver.happen(TimerFired(timer=TimerKind.DRAIN))

    assert decide(driver.state) == [CancelStep("a")]


def test_a_second_stop_request_cancels_at_once_and_keeps_the_first_reason() -> None:
    driver = started(AgentStep(id="a", prompt=""))
    driver.obey()
    driver.happen(StopRequested(reason=StopReason.SIGINT, grace_s=10.0))
    driver.happen(StopRequested(reason=StopReason.SIGTERM, grace_s=0.0))
    assert driver.obey() == [CancelStep("a")]

    assert driver.obey() == [FinishRun(RunStatus.INTERRUPTED, StopReason.SIGINT)]


def test_a_stop_is_forgotten_when_all_has_ended_all_the_same() -> None:
    driver = started(AgentStep(id="a", prompt=""))
    driver.obey()
    driver.happen(StopRequested(reason=StopReason.SIGINT, grace_s=10.0))
    driver.end_attempt("a")

    assert driver.obey() == [FinishRun(RunStatus.COMPLETED, None)]


def test_a_question_nobody_can_answer_lets_the_run_wait() -> None:
    driver = started(AgentStep(id="a", prompt=""), AgentStep(id="b", prompt=""))
    driver.obey()
    ask(driver)
    driver.happen(StopRequested(reason=StopReason.UNANSWERED, grace_s=None))
    assert driver.obey() == [CancelStep("a")]
    driver.end_attempt("b")

    assert driver.obey() == [FinishRun(RunStatus.WAITING, StopReason.UNANSWERED)]


def test_resuming_does_again_what_failed_and_what_read_it_and_nothing_else() -> None:
    steps = (
        AgentStep(id="good", prompt=""),
        AgentStep(id="bad", prompt=""),
        AgentStep(id="reader", prompt="{{steps.bad.output}}", depends_on=("bad",)),
        AgentStep(id="next-reader", prompt="{{steps.reader.output}}", depends_on=("reader",)),
        AgentStep(id="later", prompt="", depends_on=("bad",)),
    )
    driver = started(*steps, script={"bad": (LASTING, "better")})
    driver.finish(first)
    again = steps_to_redo(driver.state)
    assert again == ("bad", "reader", "next-reader")
    driver.claim()
    driver.happen(RunReopened(again=again))
    driver.finish(first)

    attempts = {name: step.attempt for name, step in driver.state.steps.items()}
    assert attempts == {"good": 1, "bad": 2, "reader": 2, "next-reader": 2, "later": 1}
    assert driver.state.outputs["bad"] == "better"


def test_a_step_that_was_given_up_before_a_crash_is_not_tried_again() -> None:
    driver = started(
        AgentStep(id="refused", prompt=""),
        AgentStep(id="late", prompt="", timeout_s=1),
        AgentStep(id="lost", prompt=""),
        config=Config(max_concurrency=3),
        script={"refused": (LASTING, "better")},
    )
    driver.obey()
    driver.end_attempt("refused")
    driver.happen(TimerFired(timer=TimerKind.STEP_TIMEOUT, step="late"))
    driver.claim()

    refused, late, lost = decide(driver.state)
    assert refused == FailStep("refused", LASTING)
    assert isinstance(late, FailStep)
    assert lost == StartAttempt("lost", 2, None)
    driver.finish(first)
    assert driver.state.status is RunStatus.COMPLETED


def test_what_was_dropped_after_a_failure_runs_when_the_failure_is_mended() -> None:
    steps = (AgentStep(id="a", prompt=""), AgentStep(id="b", prompt="", depends_on=("a",)))
    driver = started(*steps, script={"a": (LASTING, "better")})
    driver.finish(first)
    driver.claim()
    driver.happen(RunReopened(again=steps_to_redo(driver.state)))
    driver.finish(first)

    assert driver.state.status is RunStatus.COMPLETED
    assert driver.state.outputs == {"a": "better", "b": "ok"}


@pytest.mark.parametrize(
    "fact",
    [
        StepCompleted(step="a", attempt=1, output=""),
        AttemptFailed(step="a", attempt=1, failure=LASTING, chance=0.0),
        RunReopened(again=("a",)),
    ],
)
def test_an_event_that_cannot_follow_is_refused(fact: StepCompleted | AttemptFailed | RunReopened) -> None:
    driver = started(AgentStep(id="a", prompt=""))

    with pytest.raises(IllegalTransition, match="cannot meet step 'a', which is pending"):
        driver.happen(fact)


def test_a_run_that_has_ended_needs_nothing() -> None:
    driver = started(AgentStep(id="a", prompt=""))
    driver.finish(first)

    assert decide(driver.state) == []


def test_a_run_out_of_time_stops_at_once() -> None:
    plan = plan_of(AgentStep(id="a", prompt=""), options=RunOptions(timeout_s=2))
    driver = Driver(World(plan=plan, script={"a": ("ok",)}))
    driver.claim()
    driver.happen(RunReopened())
    driver.obey()
    assert driver.state.next_due_ms() == driver.now_ms + 2000
    driver.happen(TimerFired(timer=TimerKind.RUN_TIMEOUT))
    assert driver.obey() == [CancelStep("a")]

    assert driver.obey() == [FinishRun(RunStatus.INTERRUPTED, StopReason.TIMEOUT)]


def test_a_step_that_runs_out_of_time_while_it_waits_for_a_slot_fails() -> None:
    steps = (AgentStep(id="a", prompt="", timeout_s=1, retry_count=1), AgentStep(id="b", prompt=""))
    driver = started(*steps, config=Config(max_concurrency=1), script={"a": (PASSING,)})
    driver.obey()
    driver.end_attempt("a")
    driver.obey()
    driver.happen(TimerFired(timer=TimerKind.RETRY, step="a"))
    driver.happen(TimerFired(timer=TimerKind.STEP_TIMEOUT, step="a"))
    driver.end_attempt("b")
    commands = driver.obey()

    assert [type(command) for command in commands] == [FailStep]
    assert driver.state.ready == []


def test_events_of_steps_that_are_gone_are_passed_over() -> None:
    driver = started(AgentStep(id="a", prompt=""), AgentStep(id="b", prompt=""))
    driver.finish(first)
    driver.happen(RunReopened(again=("b",)))
    state = replay(plan_of(AgentStep(id="a", prompt="")), driver.events)

    assert list(state.steps) == ["a"]
    assert state.seq == len(driver.events)


def test_entries_of_steps_that_are_rewritten_are_in_the_memory_no_more() -> None:
    driver = started(AgentStep(id="a", prompt=""), AgentStep(id="b", prompt=""))
    driver.obey()
    for step in ("a", "b"):
        driver.happen(MemoryWritten(step=step, attempt=1, agent="agent", text=f"found by {step}"))
        driver.end_attempt(step)
    driver.happen(RunReopened(again=("b",)))
    before = [entry.text for entry in driver.state.memory]
    driver.happen(RunReopened(again=("a",), rewritten=("a",)))

    assert before == ["found by a", "found by b"]
    assert [entry.text for entry in driver.state.memory] == ["found by b"]


def test_what_a_rewritten_step_had_said_is_forgotten() -> None:
    driver = started(AgentStep(id="a", prompt=""), AgentStep(id="b", prompt=""))
    driver.obey()
    for step in ("a", "b"):
        driver.happen(TurnTaken(step=step, attempt=1, message="{}", usage=Usage(requests=1)))
    driver.claim()
    driver.happen(RunReopened(rewritten=("a",)))

    assert list(driver.state.conversations) == ["b"]


def test_a_later_request_never_moves_the_end_of_a_drain_away() -> None:
    driver = started(AgentStep(id="a", prompt=""))
    driver.obey()
    driver.happen(StopRequested(reason=StopReason.SIGTERM, grace_s=1.0))
    driver.happen(StopRequested(reason=StopReason.UNANSWERED, grace_s=None))
    driver.now_ms += 500
    driver.happen(StopRequested(reason=StopReason.CANCELLED, grace_s=10.0))

    assert driver.state.next_due_ms() == driver.now_ms + 500


def test_a_signal_is_the_reason_that_counts() -> None:
    driver = started(AgentStep(id="a", prompt=""))
    driver.obey()
    driver.happen(StopRequested(reason=StopReason.UNANSWERED, grace_s=None))
    driver.happen(StopRequested(reason=StopReason.SIGINT, grace_s=0.0))
    driver.obey()

    assert driver.obey() == [FinishRun(RunStatus.INTERRUPTED, StopReason.SIGINT)]


def test_a_run_out_of_time_ends_also_while_it_stops() -> None:
    plan = plan_of(AgentStep(id="a", prompt=""), options=RunOptions(timeout_s=2))
    driver = Driver(World(plan=plan, script={"a": ("ok",)}))
    driver.claim()
    driver.obey()
    driver.happen(StopRequested(reason=StopReason.UNANSWERED, grace_s=None))
    assert driver.state.next_due_ms() == driver.now_ms + 2000
    driver.happen(TimerFired(timer=TimerKind.RUN_TIMEOUT))

    assert decide(driver.state) == [CancelStep("a")]


def test_a_timeout_stands_still_while_a_step_is_throttled() -> None:
    throttled = Failure(kind=FailureKind.RATE_LIMITED, message="slow down", retry_after_s=4.0)
    step = AgentStep(id="a", prompt="", timeout_s=1, retry_count=1)
    driver = started(step, script={"a": (throttled, "fine")})
    driver.obey()
    driver.now_ms += 400
    driver.end_attempt("a")
    driver.end_something(first)
    driver.obey()

    assert driver.state.next_due_ms() == driver.now_ms + 600


def test_an_attempt_that_gives_up_its_question_may_still_answer() -> None:
    driver = started(AgentStep(id="a", prompt=""))
    driver.obey()
    ask(driver)
    driver.happen(StepCompleted(step="a", attempt=1, output="guessed"))

    assert driver.state.questions == {}
    assert driver.state.outputs == {"a": "guessed"}


def test_the_end_of_a_drain_means_nothing_to_a_run_that_does_not_stop() -> None:
    driver = started(AgentStep(id="a", prompt=""))
    driver.obey()
    driver.happen(TimerFired(timer=TimerKind.DRAIN))

    assert driver.state.stopping is None
    assert decide(driver.state) == []
