"""One line a change of state."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from goflow.events import (
    CallAdmitted,
    CallThrottled,
    Event,
    Fact,
    FailureKind,
    Progress,
    QuestionAnswered,
    QuestionAsked,
    RunClaimed,
    RunFinished,
    RunReopened,
    RunStatus,
    StepCancelled,
    StepFailed,
    StopReason,
    StopRequested,
    Usage,
)
from goflow.planning.plan import Plan
from goflow.reporters.heartbeat import Heartbeat
from goflow.reporters.lines import PlainLines
from tests.properties.worlds import plan_of
from tests.unit.projections.runs import (
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
)

PLAN = plan_of(
    step("plan", model="big"), step("scan-deps", retry_count=1), step("report", "plan", "scan-deps")
)


def shown(*facts: Fact, plan: Plan = PLAN, history: Iterable[Event] = ()) -> list[str]:
    """Return the lines of a run, one event at a time, but its first."""
    said: list[str] = []
    reporter = PlainLines(plan, said.append, history=history)
    for event in events_of(*facts):
        reporter.on_events([event])
    reporter.on_progress(Progress(step="plan", attempt=1, text="text"))
    asyncio.run(reporter.close())
    return "".join(said).splitlines()[1:]


def test_a_run_begins_with_its_id_its_name_and_its_size() -> None:
    said: list[str] = []
    PlainLines(PLAN, said.append).on_events(events_of())

    assert said == ["08:00:01 run r-1 w: 3 steps, 2 levels\n"]


def test_one_step_is_one_step() -> None:
    said: list[str] = []
    PlainLines(plan_of(step("a")), said.append).on_events(events_of())

    assert said == ["08:00:01 run r-1 w: 1 step, 1 level\n"]


def test_a_resumed_run_says_how_much_is_done() -> None:
    said: list[str] = []
    history = events_of(*runs("plan"), starts("scan-deps"))
    reporter = PlainLines(PLAN, said.append, history=history)
    reporter.on_events([Event(6, START_MS, RunClaimed(epoch=2, owner="b"))])

    assert said == ["08:00:00 run r-1 w: 3 steps, 2 levels, resumed with 1 done\n"]


def test_what_a_resumed_run_does_again_is_not_done() -> None:
    said: list[str] = []
    reporter = PlainLines(PLAN, said.append, history=events_of(*runs("plan"), *runs("scan-deps")))
    claimed, reopened = RunClaimed(epoch=2, owner="b"), RunReopened(again=("scan-deps",))
    reporter.on_events([Event(7, START_MS, claimed), Event(8, START_MS, reopened)])

    assert said == ["08:00:00 run r-1 w: 3 steps, 2 levels, resumed with 1 done\n"]


def test_steps_start_and_end_in_columns() -> None:
    usage = Usage(requests=1, input_tokens=2000, output_tokens=452, cost_usd=0.0061)

    assert shown(starts("plan", model="big"), completes("plan", usage=usage), *runs("report")) == [
        "08:00:02 plan      started   big",
        "08:00:03 plan      done        1.0s  2452 tok  $0.0061",
        "08:00:04 report    started",
        "08:00:05 report    done        1.0s",
    ]


def test_a_failure_is_loud_and_its_message_one_harmless_line() -> None:
    assert shown(*fails("plan", "HTTP 400\n\x1b[2Jbad"))[1:] == [
        "08:00:04 plan      FAILED      2.0s  HTTP 400 bad"
    ]


def test_a_failure_before_any_attempt_has_no_time() -> None:
    assert shown(StepFailed(step="plan", failure=failure("late"))) == ["08:00:02 plan      FAILED    late"]


def test_retries_tell_their_wait_and_moves_the_next_model() -> None:
    busy, gone = failure("busy", FailureKind.OVERLOADED), failure("not here", FailureKind.MODEL_UNAVAILABLE)
    plan = plan_of(step("plan", model="big", retry_count=2))
    two_models = _with_models(plan, "big", "small")

    assert shown(
        starts("plan"),
        attempt_fails("plan", busy),
        starts("plan", 2),
        attempt_fails("plan", busy, attempt=2),
        plan=plan,
    )[1::2] == [
        "08:00:03 plan failed    retry in 0.38s: busy",
        "08:00:05 plan failed    retry in 0.75s: busy",
    ]
    assert shown(
        starts("plan"),
        attempt_fails("plan", gone),
        starts("plan", 2),
        attempt_fails("plan", gone, attempt=2),
        plan=two_models,
    )[1:] == [
        "08:00:03 plan failed    next model small: not here",
        "08:00:04 plan started",
    ]


def test_the_last_model_may_be_the_providers_own() -> None:
    gone = failure("not here", FailureKind.MODEL_UNAVAILABLE)

    assert shown(starts("plan"), attempt_fails("plan", gone), plan=_with_models(PLAN, "big", None))[1] == (
        "08:00:03 plan      failed    next model of the provider: not here"
    )


def test_a_step_that_runs_again_has_all_its_retries_again() -> None:
    busy = failure("busy", FailureKind.OVERLOADED)
    lines = shown(
        starts("scan-deps"),
        attempt_fails("scan-deps", busy),
        RunReopened(again=("scan-deps", "plan")),
        starts("scan-deps", 2),
        attempt_fails("scan-deps", busy),
        starts("gone"),
        attempt_fails("gone", busy),
    )

    assert [line for line in lines if "retry" in line] == [
        "08:00:03 scan-deps failed    retry in 0.38s: busy",
        "08:00:06 scan-deps failed    retry in 0.38s: busy",
    ]


def _with_models(plan: Plan, *models: str | None) -> Plan:
    from dataclasses import replace

    return replace(plan, steps={**plan.steps, "plan": replace(plan.steps["plan"], models=models)})


def test_steps_that_do_not_run_say_why() -> None:
    assert shown(
        skipped("plan", "condition not met: x"),
        not_run("report", "plan"),
        starts("scan-deps"),
        StepCancelled(step="scan-deps"),
    ) == [
        "08:00:02 plan      skipped   condition not met: x",
        "08:00:03 report    not run   because plan failed",
        "08:00:04 scan-deps started",
        "08:00:05 scan-deps cancelled   1.0s",
    ]


def test_questions_and_answers_are_shown_with_the_choices() -> None:
    asked = QuestionAsked(step="plan", attempt=1, question_id="q", text="Which\none?", choices=("x", "y"))

    assert shown(
        starts("plan"), asked, QuestionAnswered(step="plan", question_id="q", text="x", by="terminal")
    )[1:] == [
        "08:00:03 plan      asks      Which one?  1. x  2. y",
        "08:00:04 plan      answered  by terminal",
    ]


def test_a_stop_says_why_and_how_much_time_is_left() -> None:
    assert shown(
        StopRequested(reason=StopReason.SIGINT, grace_s=10),
        StopRequested(reason=StopReason.SIGTERM, grace_s=0),
        StopRequested(reason=StopReason.BUDGET, grace_s=None),
        StopRequested(reason=StopReason.UNANSWERED, grace_s=None),
        RunFinished(status=RunStatus.INTERRUPTED, reason=StopReason.SIGINT),
    ) == [
        "08:00:02 stopping (interrupted): running steps have 10s to end",
        "08:00:03 stopping (terminated): running steps are stopped",
        "08:00:04 stopping (the budget allows no further request): running steps end first",
        "08:00:05 stopping (nobody can answer)",
    ]


def test_a_batch_is_written_at_once_and_an_event_without_a_line_not_at_all() -> None:
    said: list[str] = []
    reporter = PlainLines(PLAN, said.append)
    reporter.on_events(events_of(*runs("plan")))
    reporter.on_events([Event(9, START_MS, RunFinished(status=RunStatus.COMPLETED))])

    assert len(said) == 1


class Bell:
    """Rings when told to."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []
        self.stopped = 0

    def later(self, delay_s: float, call: Callable[[], None]) -> Callable[[], None]:
        assert delay_s == 30
        self.calls.append(call)
        return self._stop

    def _stop(self) -> None:
        self.stopped += 1

    def ring(self) -> None:
        self.calls.pop()()


def test_what_runs_is_named_when_nothing_has_happened_between_two_beats() -> None:
    said: list[str] = []
    bell = Bell()
    reporter = Heartbeat(said.append, later=bell.later, now_ms=lambda: START_MS + 62_000)
    reporter.on_events(events_of(starts("plan"), *runs("scan-deps"), *fails("report")))
    reporter.on_progress(Progress(step="plan", attempt=1, text="text"))
    bell.ring()
    assert said == []

    bell.ring()
    assert said == ["08:01:02 still running: plan (1m 00s)\n"]

    reporter.on_events([Event(9, START_MS, completes("plan"))])
    bell.ring()
    bell.ring()
    assert len(said) == 1

    asyncio.run(reporter.close())
    assert bell.stopped == 1


def test_of_many_that_run_five_are_named() -> None:
    said: list[str] = []
    bell = Bell()
    reporter = Heartbeat(said.append, later=bell.later, now_ms=lambda: START_MS + 10_000)
    reporter.on_events(events_of(*(starts(f"s{number}") for number in range(7))))
    bell.ring()
    bell.ring()

    assert said[0].endswith("s0 (8.0s), s1 (7.0s), s2 (6.0s), s3 (5.0s), s4 (4.0s) and 2 more\n")


class RacingLoop(asyncio.SelectorEventLoop):
    """An event loop on which ten seconds pass whenever it looks at its clock."""

    _now_s = 0.0

    def time(self) -> float:
        self._now_s += 10.0
        return self._now_s


def test_on_a_loop_the_heart_beats_by_itself_until_it_is_closed() -> None:
    said: list[str] = []

    async def some_minutes() -> int:
        for _ in range(50):
            await asyncio.sleep(0)
        return len(said)

    async def watch() -> None:
        reporter = Heartbeat(said.append, now_ms=lambda: START_MS + 62_000)
        reporter.on_events(events_of(starts("plan")))
        assert await some_minutes() > 1
        await reporter.close()
        assert len(said) == await some_minutes()
        await Heartbeat(said.append).close()

    with asyncio.Runner(loop_factory=RacingLoop) as runner:
        runner.run(watch())
    assert set(said) == {"08:01:02 still running: plan (1m 00s)\n"}


def test_a_request_that_waits_for_its_turn_is_told_with_how_long_and_for_what() -> None:
    throttled = CallThrottled(
        step="plan", attempt=1, limit="openai:big", reason="too many", until_ms=START_MS + 14_000
    )
    unknown = CallThrottled(step="plan", attempt=1, limit="budget", reason="9 of 9 tokens spent")
    lines = shown(starts("plan"), throttled, CallAdmitted(step="plan", attempt=1, waited_ms=2100), unknown)

    assert [line[9:] for line in lines[-3:]] == [
        "plan      throttled 11.0s  openai:big: too many",
        "plan      goes on   after 2.1s",
        "plan      throttled budget: 9 of 9 tokens spent",
    ]
