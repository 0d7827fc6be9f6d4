from __future__ import annotations

from dataclasses import replace

from goflow.events import (
    AnswerRefused,
    AttemptContinued,
    CallAdmitted,
    CallThrottled,
    Fact,
    QuestionAnswered,
    QuestionAsked,
    RunClaimed,
    RunReopened,
    StepCancelled,
    StepCompleted,
    StepFailed,
    StepReused,
    StepSkipped,
    ToolCalled,
    TurnTaken,
    Usage,
)
from goflow.planning.options import RunOptions
from goflow.planning.plan import Plan
from goflow.projections.samples import Sample, samples_of
from goflow.projections.step_shape import shapes_of
from goflow.scheduler import StepStatus
from goflow.workflow import AgentStep
from tests.properties.worlds import plan_of
from tests.unit.projections.runs import (
    attempt_fails,
    completes,
    events_of,
    fails,
    failure,
    runs,
    starts,
    step,
)

PLAN = plan_of(step("a"), step("b"))
SOME = Usage(requests=1, input_tokens=100, output_tokens=10, cost_usd=0.25)
ASKED = QuestionAsked(step="a", attempt=1, question_id="q-1", text="which?")
ANSWERED = QuestionAnswered(step="a", question_id="q-1", text="this", by="test")
GOES_ON = AttemptContinued(step="a", attempt=1)
THROTTLED = CallThrottled(step="a", attempt=1, limit="openai:m", reason="busy")
ADMITTED = CallAdmitted(step="a", attempt=1, waited_ms=1000)


def turn(attempt: int = 1) -> TurnTaken:
    return TurnTaken(step="a", attempt=attempt, message="[]", usage=SOME)


def samples(*facts: Fact, plan: Plan = PLAN) -> tuple[Sample, ...]:
    """Fold facts that come one a second."""
    return samples_of(plan, events_of(*facts))


def sample(*facts: Fact) -> Sample:
    [found] = samples(*facts)
    return found


def test_a_step_that_answered_tells_what_it_took() -> None:
    done = StepCompleted(step="a", attempt=1, output="long", model="m-2026", usage=SOME)

    assert sample(starts("a", model="m", prompt="do it"), done) == Sample(
        step="a",
        shape=shapes_of(PLAN)["a"],
        status=StepStatus.COMPLETED,
        model="m-2026",
        duration_ms=1000,
        requests=1,
        input_tokens=100,
        output_tokens=10,
        cost_usd=0.25,
        failed_attempts=0,
        repairs=0,
        throttled_ms=0,
        prompt_chars=5,
    )


def test_a_model_that_does_not_name_itself_is_the_one_that_was_asked() -> None:
    assert sample(starts("a", model="m"), completes("a")).model == "m"


def test_a_price_that_is_not_known_is_not_nothing() -> None:
    assert sample(*runs("a")).cost_usd is None


def test_the_time_between_attempts_does_not_count_and_what_they_consumed_does() -> None:
    found = sample(
        starts("a"),
        attempt_fails("a", failure(), usage=SOME),
        *runs("b")[:1],
        starts("a", 2),
        completes("a", attempt=2, usage=SOME),
    )

    assert (found.duration_ms, found.failed_attempts) == (2000, 1)
    assert (found.requests, found.input_tokens, found.output_tokens, found.cost_usd) == (2, 200, 20, 0.5)


def test_a_step_that_failed_tells_what_it_took_too() -> None:
    found = sample(*fails("a"))

    assert (found.status, found.duration_ms, found.failed_attempts) == (StepStatus.FAILED, 1000, 1)


def test_a_step_whose_time_was_over_tells_what_its_attempt_had_consumed() -> None:
    found = sample(starts("a"), turn(), StepFailed(step="a", failure=failure()))

    assert (found.duration_ms, found.input_tokens) == (2000, 100)


def test_the_end_of_an_attempt_has_the_whole_of_what_it_consumed() -> None:
    assert sample(starts("a"), turn(), completes("a", usage=SOME.plus(SOME))).requests == 2


def test_waiting_for_a_person_does_not_count() -> None:
    assert sample(starts("a"), ASKED, ANSWERED, GOES_ON, completes("a")).duration_ms == 2000


def test_a_step_that_ends_while_it_waits_for_a_person_has_worked_until_it_asked() -> None:
    assert sample(starts("a"), ASKED, StepFailed(step="a", failure=failure())).duration_ms == 1000


def test_being_throttled_is_told_apart() -> None:
    found = sample(starts("a"), THROTTLED, ADMITTED, completes("a"))

    assert (found.duration_ms, found.throttled_ms) == (2000, 1000)


def test_what_was_waited_before_that_was_told_counts_as_throttled() -> None:
    found = sample(starts("a"), replace(THROTTLED, waited_ms=100), ADMITTED, completes("a"))

    assert (found.duration_ms, found.throttled_ms) == (1900, 1100)


def test_no_wait_began_before_its_attempt() -> None:
    found = sample(starts("a"), replace(THROTTLED, waited_ms=5000), ADMITTED, completes("a"))

    assert (found.duration_ms, found.throttled_ms) == (1000, 2000)


def test_two_requests_that_are_throttled_at_once_are_counted_once() -> None:
    found = sample(starts("a"), THROTTLED, THROTTLED, ADMITTED, completes("a"))

    assert (found.duration_ms, found.throttled_ms) == (2000, 2000)


def test_an_attempt_that_ends_while_it_is_throttled_was_throttled_until_then() -> None:
    found = sample(starts("a"), THROTTLED, StepFailed(step="a", failure=failure()))

    assert (found.duration_ms, found.throttled_ms) == (1000, 1000)


def test_a_request_that_was_admitted_without_having_been_throttled_was_not() -> None:
    assert sample(starts("a"), ASKED, ADMITTED, completes("a")).throttled_ms == 0


def test_answers_that_had_to_be_mended_are_counted() -> None:
    refused = AnswerRefused(step="a", attempt=1, message="[]", complaint="no", usage=SOME)

    assert sample(starts("a"), refused, refused, completes("a", usage=SOME)).repairs == 2


def test_a_step_that_asked_nobody_gives_no_sample() -> None:
    taken = StepReused(step="a", origin="cache", agent="x", prompt="p", output="o")

    assert samples(taken, StepSkipped(step="b", reason="no")) == ()
    assert samples(StepFailed(step="b", failure=failure())) == ()


def test_a_step_that_was_stopped_gives_a_sample_when_it_has_ended() -> None:
    stopped = (starts("a"), turn(), StepCancelled(step="a"))

    assert samples(*stopped) == ()
    found = sample(*stopped, RunClaimed(epoch=2, owner="me"), starts("a", 2), completes("a", usage=SOME))
    assert (found.duration_ms, found.requests) == (3000, 2)


def test_an_attempt_whose_owner_was_lost_counts_until_that_one_was_last_heard_of() -> None:
    call = ToolCalled(step="a", attempt=1, call_id="c", tool="view", arguments="{}")
    lost = (starts("a"), turn(), call, starts("b"))

    found = sample(*lost, RunClaimed(epoch=2, owner="me"), starts("a", 2), completes("a", usage=SOME))

    assert (found.duration_ms, found.requests, found.failed_attempts) == (4000, 2, 0)


def test_a_step_that_is_done_again_gives_another_sample_from_the_beginning() -> None:
    again = (RunClaimed(epoch=2, owner="me"), RunReopened(again=("a", "b")))

    first, second = samples(*fails("a"), *again, *runs("a"))

    assert (first.status, second.status) == (StepStatus.FAILED, StepStatus.COMPLETED)
    assert (second.failed_attempts, second.duration_ms) == (0, 1000)


def test_what_was_begun_of_a_step_that_is_done_again_does_not_count() -> None:
    stopped = (starts("a"), turn(), StepCancelled(step="a"))

    found = sample(*stopped, RunReopened(again=("a",)), *runs("a"))

    assert (found.duration_ms, found.requests) == (1000, 0)


def test_steps_that_the_plan_does_not_have_give_none() -> None:
    assert samples(*runs("gone"), *runs("a")) == samples(starts("gone"), completes("gone"), *runs("a"))
    assert [found.step for found in samples(*runs("gone"), *runs("a"))] == ["a"]


def test_the_shape_is_the_agent_the_prompt_as_written_and_the_models() -> None:
    written = AgentStep(id="a", prompt="Read {{inputs.file}} for {{other}}", model="m")
    shape = shapes_of(plan_of(written))["a"]

    def shape_with(**changes: object) -> str:
        return shapes_of(plan_of(replace(written, **changes)))[str(changes.get("id", "a"))]  # type: ignore[arg-type]

    assert len(shape) == 16
    assert shape_with(id="b", retry_count=3, timeout_s=9.0) == shape
    assert shape_with(prompt="Read {{inputs.folder}} for {{other}}") != shape
    assert shape_with(model="n") != shape
    assert shapes_of(plan_of(written, options=RunOptions(default_model="n")))["a"] != shape
