from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from goflow.backends.base import Outcome, Ports, Request, Success
from goflow.errors import RunFolderError
from goflow.events import (
    AttemptFailed,
    AttemptStarted,
    Event,
    Failure,
    FailureKind,
    QuestionAnswered,
    QuestionAsked,
    RunFinished,
    RunStatus,
    StepCompleted,
    StopReason,
    StopRequested,
)
from goflow.scheduler import StepStatus
from goflow.testing import AutojumpClock, MemoryJournal, ScriptedBackend
from goflow.workflow import AgentStep, Config
from tests.properties.worlds import PASSING, plan_of
from tests.unit.runner.runs import Stage


def test_independent_steps_run_at_the_same_time_and_no_level_waits_for_another() -> None:
    steps = (
        AgentStep(id="slow", prompt=""),
        AgentStep(id="quick", prompt=""),
        AgentStep(id="next", prompt="", depends_on=("quick",)),
    )
    stage = Stage(plan_of(*steps))
    started = stage.clock.now_ms()
    stage.run(ScriptedBackend(clock=stage.clock, delays={"slow": 10, "quick": 1, "next": 2}))

    ends = {
        event.fact.step: event.at_ms - started
        for event in stage.memo.events
        if isinstance(event.fact, StepCompleted)
    }
    assert ends == {"quick": 1000, "next": 3000, "slow": 10000}


def test_prompts_are_made_from_what_earlier_steps_answered() -> None:
    steps = (
        AgentStep(id="a", prompt="first"),
        AgentStep(id="b", prompt="<{{steps.a.output}}>", depends_on=("a",)),
    )
    backend = ScriptedBackend({"a": ["{{inputs.secret}}"]})
    Stage(plan_of(*steps)).run(backend)

    assert [request.prompt for request in backend.requests] == ["first", "<{{inputs.secret}}>"]


def test_a_retry_waits_its_time_and_then_answers() -> None:
    stage = Stage(plan_of(AgentStep(id="a", prompt="", retry_count=2)))
    started = stage.clock.now_ms()
    state = stage.run(ScriptedBackend({"a": [PASSING, PASSING, "fine"]}, clock=stage.clock))

    assert state.outputs == {"a": "fine"}
    assert stage.clock.now_ms() - started == 375 + 750


def test_a_step_that_takes_too_long_is_stopped_for_real() -> None:
    stopped: list[str] = []

    class Stuck:
        async def run(self, request: Request, ports: Ports) -> Outcome:
            try:
                await asyncio.Event().wait()
            finally:
                stopped.append(request.step)
            raise AssertionError

        def versions(self) -> dict[str, str]:
            return {}

    state = Stage(plan_of(AgentStep(id="a", prompt="", timeout_s=90))).run(Stuck())

    assert state.failures["a"] == Failure(kind=FailureKind.STEP_TIMEOUT, message="timed out after 90s")
    assert stopped == ["a"]


def test_a_defect_of_a_backend_ends_its_step_and_not_the_run() -> None:
    class Broken:
        async def run(self, request: Request, ports: Ports) -> Outcome:
            if request.step == "a":
                raise LookupError("oops")
            return Success(output="ok")

        def versions(self) -> dict[str, str]:
            return {}

    state = Stage(plan_of(AgentStep(id="a", prompt=""), AgentStep(id="b", prompt=""))).run(Broken())

    assert state.failures["a"].message == "internal error: LookupError: oops"
    assert state.outputs == {"b": "ok"}


class Asking:
    """Asks once a step, and answers with the answer."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def run(self, request: Request, ports: Ports) -> Outcome:
        self.asked.append(request.step)
        return Success(output=await ports.ask(f"{request.step}?", ("yes", "no")))

    def versions(self) -> dict[str, str]:
        return {}


class Replies:
    """Answers every question, one at a time, and counts how many it is asked at once."""

    def __init__(self) -> None:
        self.open = self.most = 0

    async def answer(self, question: QuestionAsked) -> tuple[str, str] | None:
        self.open += 1
        self.most = max(self.most, self.open)
        await asyncio.sleep(0)
        self.open -= 1
        return f"reply to {question.text}", "test"


def test_questions_are_put_one_at_a_time_and_answered_to_their_own_step() -> None:
    stage = Stage(plan_of(AgentStep(id="a", prompt=""), AgentStep(id="b", prompt="")), answerer=Replies())
    state = stage.run(Asking())

    assert state.outputs == {"a": "reply to a?", "b": "reply to b?"}
    assert isinstance(stage.answerer, Replies)
    assert stage.answerer.most == 1


def test_a_question_nobody_can_answer_stops_the_run_and_it_can_go_on() -> None:
    stage = Stage(plan_of(AgentStep(id="a", prompt="")))
    state = stage.run(Asking())
    assert (state.status, state.reason) == (RunStatus.WAITING, StopReason.UNANSWERED)
    stage.answerer = Replies()

    assert stage.run(Asking()).outputs == {"a": "reply to a?"}


def test_an_answer_from_elsewhere_wins_and_the_prompt_is_taken_back() -> None:
    taken_back: list[str] = []
    stage = Stage(plan_of(AgentStep(id="a", prompt="")))

    class Slow:
        async def answer(self, question: QuestionAsked) -> tuple[str, str] | None:
            answer = QuestionAnswered(step="a", question_id=question.question_id, text="mine", by="inbox")
            assert stage.loop is not None
            stage.loop.submit(answer)
            stage.loop.submit(answer)
            try:
                await asyncio.Event().wait()
            finally:
                taken_back.append(question.step)
            raise AssertionError

    stage.answerer = Slow()

    assert stage.run(Asking()).outputs == {"a": "mine"}
    assert taken_back == ["a"]


def test_an_answer_given_before_a_crash_is_not_asked_for_again() -> None:
    stage = Stage(plan_of(AgentStep(id="a", prompt="")), answerer=Replies())
    stage.run(Asking())
    events = stage.journal.read()
    cut = next(n for n, event in enumerate(events) if isinstance(event.fact, QuestionAnswered)) + 1
    again = Stage(plan_of(AgentStep(id="a", prompt="")), journal=copied(events[:cut]))

    assert again.run(Asking()).outputs == {"a": "reply to a?"}


def test_an_answer_that_overtakes_its_question_is_not_asked_for() -> None:
    stage = Stage(plan_of(AgentStep(id="a", prompt="")))
    stage.run(Asking())
    asked = next(event.fact for event in stage.journal.read() if isinstance(event.fact, QuestionAsked))

    class Overtaken(Asking):
        async def run(self, request: Request, ports: Ports) -> Outcome:
            assert stage.loop is not None
            stage.loop.submit(
                QuestionAnswered(step="a", question_id=asked.question_id, text="mine", by="inbox")
            )
            return await super().run(request, ports)

    assert stage.run(Overtaken()).outputs == {"a": "mine"}


def copied(events: Sequence[Event]) -> MemoryJournal:
    journal = MemoryJournal()
    asyncio.run(journal.append(events, expected_seq=0, epoch=0))
    return journal


def test_a_stop_lets_running_steps_end_within_the_grace_and_starts_no_other() -> None:
    steps = (AgentStep(id="a", prompt=""), AgentStep(id="b", prompt=""))
    stage = Stage(plan_of(*steps, config=Config(max_concurrency=1)))

    class Stopping(ScriptedBackend):
        async def run(self, request: Request, ports: Ports) -> Outcome:
            assert stage.loop is not None
            stage.loop.submit(StopRequested(reason=StopReason.SIGINT, grace_s=10.0))
            return await super().run(request, ports)

    state = stage.run(Stopping(clock=stage.clock, delays={"a": 5}))

    assert state.outputs == {"a": "ok"}
    assert state.steps["b"].status is StepStatus.PENDING
    assert stage.memo.events[-1].fact == RunFinished(status=RunStatus.INTERRUPTED, reason=StopReason.SIGINT)


def test_secrets_are_masked_before_they_are_kept_or_believed_but_not_in_requests() -> None:
    secret = "sk-canary-1234"
    steps = (
        AgentStep(id="a", prompt=f"use {secret}"),
        AgentStep(id="b", prompt="{{steps.a.output}}", depends_on=("a",)),
    )
    stage = Stage(plan_of(*steps, config=Config(streaming=True)), secrets=(secret,))
    backend = ScriptedBackend({"a": [f"the key is {secret}"]})
    stage.run(backend)

    assert [request.prompt for request in backend.requests] == [f"use {secret}", "the key is ***"]
    assert secret not in repr(stage.memo.events)
    assert secret not in "".join(piece.text for piece in stage.memo.pieces)


def test_pieces_of_an_answer_reach_reporters_before_its_end() -> None:
    stage = Stage(plan_of(AgentStep(id="a", prompt=""), config=Config(streaming=True)))
    stage.run(ScriptedBackend({"a": ["piece"]}))

    assert [(piece.step, piece.attempt, piece.text) for piece in stage.memo.pieces] == [("a", 1, "piece")]


def test_an_error_of_the_journal_stops_every_attempt_and_is_raised_bare() -> None:
    class Full(MemoryJournal):
        async def append(self, batch: Sequence[Event], *, expected_seq: int, epoch: int) -> None:
            if any(isinstance(event.fact, StepCompleted) for event in batch):
                raise RunFolderError("no space left")
            await super().append(batch, expected_seq=expected_seq, epoch=epoch)

    stage = Stage(plan_of(AgentStep(id="a", prompt=""), AgentStep(id="b", prompt="")), journal=Full())
    backend = ScriptedBackend(clock=stage.clock, delays={"b": 1000})

    with pytest.raises(RunFolderError, match="no space left"):
        stage.run(backend)
    assert stage.memo.facts(StepCompleted) == []


def test_each_attempt_is_numbered_and_says_which_model_it_asked() -> None:
    failure = Failure(kind=FailureKind.QUOTA_EXHAUSTED, message="none left")
    stage = Stage(plan_of(AgentStep(id="a", prompt="", model="big")))
    stage.run(ScriptedBackend({"a": [failure, "fine"]}))

    started = stage.memo.facts(AttemptStarted)
    assert [(fact.attempt, fact.model) for fact in started if isinstance(fact, AttemptStarted)] == [
        (1, "big"),
        (2, None),
    ]
    assert len(stage.memo.facts(AttemptFailed)) == 1


def test_waits_of_an_hour_take_no_time_with_a_clock_that_jumps() -> None:
    clock = AutojumpClock()
    stage = Stage(plan_of(AgentStep(id="a", prompt="")), clock=clock)
    started = clock.now_ms()
    stage.run(ScriptedBackend(clock=clock, delays={"a": 3600}))

    assert clock.now_ms() - started == 3_600_000


def test_a_stray_cancellation_of_a_library_ends_its_step_and_hangs_nobody() -> None:
    class Stray:
        async def run(self, request: Request, ports: Ports) -> Outcome:
            raise asyncio.CancelledError

        def versions(self) -> dict[str, str]:
            return {}

    state = Stage(plan_of(AgentStep(id="a", prompt=""))).run(Stray())

    assert state.failures["a"].kind is FailureKind.INTERNAL


def test_two_questions_of_one_attempt_are_put_one_after_the_other() -> None:
    class AskingTwice:
        async def run(self, request: Request, ports: Ports) -> Outcome:
            replies = await asyncio.gather(ports.ask("first?"), ports.ask("second?"))
            return Success(output=" and ".join(replies))

        def versions(self) -> dict[str, str]:
            return {}

    stage = Stage(plan_of(AgentStep(id="a", prompt="")), answerer=Replies())

    assert stage.run(AskingTwice()).outputs == {"a": "reply to first? and reply to second?"}


def test_an_answer_to_an_old_question_leaves_the_open_one_open() -> None:
    stage = Stage(plan_of(AgentStep(id="a", prompt="")))

    class Late:
        async def answer(self, question: QuestionAsked) -> tuple[str, str] | None:
            assert stage.loop is not None
            stage.loop.submit(QuestionAnswered(step="a", question_id="q-old", text="late", by="inbox"))
            for _ in range(20):
                await asyncio.sleep(0)
            return "mine", "test"

    stage.answerer = Late()

    assert stage.run(Asking()).outputs == {"a": "mine"}


def test_an_answer_that_comes_with_the_end_of_its_step_is_left_out() -> None:
    stage = Stage(plan_of(AgentStep(id="a", prompt=""), AgentStep(id="b", prompt="", depends_on=("a",))))

    class Ending(ScriptedBackend):
        async def run(self, request: Request, ports: Ports) -> Outcome:
            assert stage.loop is not None
            answer = QuestionAnswered(step="a", question_id="q-1", text="late", by="inbox")
            asyncio.get_running_loop().call_soon(stage.loop.submit, answer)
            return await super().run(request, ports)

    assert stage.run(Ending()).outputs == {"a": "ok", "b": "ok"}
    assert stage.memo.facts(QuestionAnswered) == []
