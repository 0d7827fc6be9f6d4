"""A run as people look at it."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from goflow.events import (
    AttemptContinued,
    CallAdmitted,
    CallThrottled,
    Event,
    FailureKind,
    QuestionAnswered,
    QuestionAsked,
    RunClaimed,
    RunFinished,
    RunReopened,
    RunStatus,
    StepCancelled,
    StepCompleted,
    StepFailed,
    StopReason,
    StopRequested,
    TimerFired,
    TimerKind,
    TurnTaken,
    Usage,
)
from goflow.projections import AttemptStatus, RunView
from goflow.scheduler import StepStatus, steps_to_redo
from tests.properties.drive import Driver
from tests.properties.worlds import World, plan_of, worlds
from tests.unit.projections.runs import (
    CREATED,
    START_MS,
    attempt_fails,
    completes,
    events_of,
    fails,
    failure,
    not_run,
    runs,
    skipped,
    starts,
    step,
    view_of,
)

ASKED = QuestionAsked(step="a", attempt=1, question_id="q-1", text="which?", choices=("x", "y"))
ANSWERED = QuestionAnswered(step="a", question_id="q-1", text="x", by="terminal")


def test_a_view_of_nothing_has_no_name_and_no_time() -> None:
    view = RunView()

    assert (view.run_id, view.workflow_name, view.active_ms, view.steps) == ("", "", 0, {})


def test_a_run_is_known_by_its_first_event() -> None:
    view = view_of()

    assert (view.run_id, view.workflow_name, view.epoch) == ("r-1", "w", 1)
    assert (view.status, view.started_ms, view.ended_ms) == (RunStatus.RUNNING, START_MS, None)


def test_steps_of_a_plan_are_pending_until_something_happens_to_them() -> None:
    view = RunView(["a", "b"])

    assert [step.status for step in view.steps.values()] == [StepStatus.PENDING, StepStatus.PENDING]
    assert view.steps["a"].duration_ms is None


def test_a_running_step_has_a_prompt_a_model_and_a_time_but_no_end() -> None:
    step = view_of(starts("a", model="m", prompt="say a")).steps["a"]

    assert (step.status, step.prompt, step.model) == (StepStatus.RUNNING, "say a", "m")
    assert (step.started_ms, step.ended_ms, step.duration_ms) == (START_MS + 2000, None, None)


def test_a_completed_step_has_the_model_that_answered_and_its_session() -> None:
    answer = StepCompleted(step="a", attempt=1, output="b", model="m-2026", session_id="s-1")
    step = view_of(starts("a", model="m"), answer).steps["a"]

    assert (step.status, step.output, step.model, step.session_id) == (
        StepStatus.COMPLETED,
        "b",
        "m-2026",
        "s-1",
    )
    assert step.duration_ms == 1000
    assert step.attempts[0].status is AttemptStatus.COMPLETED


def test_a_step_whose_backend_names_no_model_keeps_the_one_that_was_asked() -> None:
    assert view_of(starts("a", model="m"), completes("a")).steps["a"].model == "m"


def test_a_step_between_two_attempts_waits_and_keeps_its_first_start() -> None:
    busy = failure("busy", FailureKind.OVERLOADED)
    facts = (starts("a"), attempt_fails("a", busy, usage=Usage(requests=1)))
    waiting, again = view_of(*facts).steps["a"], view_of(*facts, starts("a", 2)).steps["a"]

    assert waiting.status is StepStatus.WAITING
    assert waiting.attempts[0].failure == busy
    assert waiting.attempts[0].usage == Usage(requests=1)
    assert (again.status, again.started_ms) == (StepStatus.RUNNING, START_MS + 2000)
    assert [attempt.number for attempt in again.attempts] == [1, 2]


def test_a_failed_step_has_its_last_failure_and_the_attempt_its_own() -> None:
    own, last = failure("not here"), failure("all models unavailable")
    step = view_of(starts("a"), attempt_fails("a", own), StepFailed(step="a", failure=last)).steps["a"]

    assert (step.status, step.failure) == (StepStatus.FAILED, last)
    assert step.attempts[0].failure == own


def test_a_step_that_ran_out_of_time_fails_with_its_attempt() -> None:
    late = failure("timed out", FailureKind.STEP_TIMEOUT)
    step = view_of(starts("a"), StepFailed(step="a", failure=late)).steps["a"]

    assert (step.attempts[0].status, step.attempts[0].failure) == (AttemptStatus.FAILED, late)


def test_a_step_may_fail_without_an_attempt() -> None:
    assert view_of(StepFailed(step="a", failure=failure())).steps["a"].attempts == []


def test_steps_that_do_not_run_say_why() -> None:
    view = view_of(skipped("a", "condition not met"), not_run("b", "c"))

    assert (view.steps["a"].status, view.steps["a"].skip_reason) == (StepStatus.SKIPPED, "condition not met")
    assert (view.steps["b"].status, view.steps["b"].because) == (StepStatus.NOT_RUN, "c")


def test_a_cancelled_step_ends_its_attempt() -> None:
    step = view_of(starts("a"), StepCancelled(step="a")).steps["a"]

    assert (step.status, step.attempts[0].status) == (StepStatus.CANCELLED, AttemptStatus.CANCELLED)


def test_a_question_is_open_until_it_is_answered() -> None:
    view = view_of(starts("a"), ASKED)
    assert (view.questions, view.steps["a"].status) == ([ASKED], StepStatus.WAITING)

    view.see(Event(5, START_MS, ANSWERED))
    assert (view.questions, view.steps["a"].status) == ([], StepStatus.WAITING)

    view.see(Event(6, START_MS, AttemptContinued(step="a", attempt=1)))
    assert view.steps["a"].status is StepStatus.RUNNING


def test_a_question_goes_with_the_attempt_that_asked_it() -> None:
    assert view_of(starts("a"), ASKED, attempt_fails("a", failure())).questions == []
    assert view_of(starts("a"), ASKED, RunClaimed(epoch=2, owner="other")).questions == []


def test_a_question_of_a_step_that_was_stopped_can_be_answered_until_the_run_goes_on() -> None:
    view = view_of(starts("a"), ASKED, StepCancelled(step="a"))
    assert view.questions == [ASKED]

    view.see(Event(6, START_MS, RunClaimed(epoch=2, owner="other")))
    assert view.questions == []


def test_a_run_that_is_asked_to_stop_keeps_the_first_reason() -> None:
    view = view_of(
        StopRequested(reason=StopReason.SIGINT, grace_s=10),
        StopRequested(reason=StopReason.SIGTERM, grace_s=0),
    )

    assert view.stopping is StopReason.SIGINT


def test_a_timer_changes_nothing_by_itself() -> None:
    assert view_of(TimerFired(timer=TimerKind.DRAIN)).steps == {}


def test_a_finished_run_has_a_status_a_reason_and_an_end() -> None:
    view = view_of(RunFinished(status=RunStatus.INTERRUPTED, reason=StopReason.SIGINT))

    assert (view.status, view.reason, view.ended_ms) == (
        RunStatus.INTERRUPTED,
        StopReason.SIGINT,
        START_MS + 2000,
    )


def test_a_new_owner_finds_what_was_running_pending_and_its_attempt_lost() -> None:
    view = view_of(
        starts("lost", prompt="p"),
        *runs("done"),
        starts("stopped"),
        StepCancelled(step="stopped"),
        RunFinished(status=RunStatus.INTERRUPTED, reason=StopReason.SIGINT),
        RunClaimed(epoch=2, owner="other"),
    )
    lost = view.steps["lost"]

    assert (lost.status, lost.started_ms, lost.prompt) == (StepStatus.PENDING, None, "p")
    assert (lost.attempts[0].status, lost.attempts[0].ended_ms) == (AttemptStatus.LOST, START_MS + 7000)
    assert view.steps["stopped"].status is StepStatus.PENDING
    assert view.steps["done"].status is StepStatus.COMPLETED
    assert (view.status, view.reason, view.stopping, view.ended_ms) == (RunStatus.RUNNING, None, None, None)
    assert view.epoch == 2


def test_a_reopened_step_is_pending_and_keeps_its_attempts_alone() -> None:
    view = view_of(*fails("a"), *runs("b"), RunReopened(again=("a", "b", "new")))
    a, b = view.steps["a"], view.steps["b"]

    assert (a.status, a.failure, a.ended_ms, len(a.attempts)) == (StepStatus.PENDING, None, None, 1)
    assert (b.status, b.output) == (StepStatus.PENDING, None)
    assert view.steps["new"].status is StepStatus.PENDING


def test_the_time_between_two_owners_is_no_time_of_work() -> None:
    view = RunView()
    view.see(Event(1, START_MS, CREATED))
    view.see(Event(2, START_MS, RunClaimed(epoch=1, owner="a")))
    view.see(Event(3, START_MS + 5000, starts("a")))
    view.see(Event(4, START_MS + 100_000, RunClaimed(epoch=2, owner="b")))
    view.see(Event(5, START_MS + 103_000, starts("a", 2)))

    assert view.active_ms == 8000
    assert view.started_ms == START_MS


def picture(view: RunView) -> str:
    return repr([getattr(view, name) for name in RunView.__slots__])


@settings(max_examples=40)
@given(world=worlds(), data=st.data())
def test_a_view_is_the_state_that_the_scheduler_has_whoever_owned_the_run(
    world: World, data: st.DataObject
) -> None:
    driver, view = Driver(world), RunView(world.plan.steps)
    for _ in range(data.draw(st.integers(1, 3))):
        driver.claim()
        again = steps_to_redo(driver.state)
        if again:
            driver.happen(RunReopened(again=again))
        for _ in range(data.draw(st.integers(0, 30))):
            if driver.state.status is RunStatus.RUNNING and not driver.obey():
                driver.end_something(lambda count: data.draw(st.integers(0, count - 1)))
        for event in driver.events[view.seq :]:
            view.see(event)
        state = driver.state
        assert {name: step.status for name, step in view.steps.items()} == {
            name: step.status for name, step in state.steps.items()
        }
        assert {
            name: step.output for name, step in view.steps.items() if step.output is not None
        } == state.outputs
        assert {name: step.failure for name, step in view.steps.items() if step.failure} == state.failures
        assert (view.status, view.reason, view.epoch) == (state.status, state.reason, state.epoch)


def test_a_view_without_a_plan_meets_the_same_steps() -> None:
    events = events_of(*runs("a"), *fails("b"))
    with_plan, without = RunView(["a", "b"]), RunView()
    for event in events:
        with_plan.see(event)
        without.see(event)

    assert picture(with_plan) == picture(without)


def test_an_answer_to_another_question_leaves_the_open_one_open() -> None:
    late = QuestionAnswered(step="a", question_id="q-0", text="late", by="inbox")
    view = view_of(starts("a"), ASKED, late)

    assert view.questions == [ASKED]


def test_a_turn_of_an_attempt_that_never_began_counts_for_nothing() -> None:
    view = view_of(TurnTaken(step="a", attempt=1, message="[]", usage=Usage(requests=1)))

    assert view.steps["a"].attempts == []


def test_what_a_lost_attempt_had_consumed_by_its_turns_stands() -> None:
    turn = TurnTaken(step="a", attempt=1, message="[]", usage=Usage(requests=1, input_tokens=9))
    view = view_of(starts("a"), turn, turn, RunClaimed(epoch=2, owner="other"))

    assert view.steps["a"].attempts[0].usage == Usage(requests=2, input_tokens=18)


def test_a_request_that_waits_is_shown_waiting_and_its_wait_is_counted() -> None:
    throttled = CallThrottled(step="a", attempt=1, limit="openai:m", reason="too many", until_ms=9)
    admitted = CallAdmitted(step="a", attempt=1, waited_ms=1200)
    plan = plan_of(step("a"))

    waiting = view_of(starts("a"), throttled, plan=plan).steps["a"]
    assert (waiting.status, waiting.throttled) == (StepStatus.WAITING, throttled)

    going_on = view_of(starts("a"), throttled, admitted, throttled, admitted, plan=plan).steps["a"]
    assert (going_on.status, going_on.throttled) == (StepStatus.RUNNING, None)
    assert going_on.throttled_ms == 2400


def test_a_run_that_is_resumed_waits_for_no_quota_any_more() -> None:
    aside = RunFinished(status=RunStatus.INTERRUPTED, reason=StopReason.QUOTA, resume_at_ms=7)
    plan = plan_of(step("a"))

    assert view_of(aside, plan=plan).resume_at_ms == 7
    assert view_of(aside, RunClaimed(epoch=2, owner="me"), plan=plan).resume_at_ms is None
