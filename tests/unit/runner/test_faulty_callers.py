"""Answerers and reporters are the caller's: what goes wrong in them ends no run, and is told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from goflow.backends.base import Outcome, Ports, Request, Success
from goflow.events import Event, Progress, QuestionAsked, RunFinished, RunStatus, StopReason, StopRequested
from goflow.runner.people import Answerer
from goflow.testing import ScriptedBackend
from goflow.workflow import AgentStep, Config
from tests.properties.worlds import plan_of
from tests.unit.runner.runs import Stage


class Asking:
    """Asks once a step, and answers with the answer."""

    async def run(self, request: Request, ports: Ports) -> Outcome:
        return Success(output=await ports.ask("Where to?"))

    def versions(self) -> dict[str, str]:
        return {}


def asked(answerer: Answerer) -> Stage:
    """Drive a run that asks, and return what it was made with."""
    stage = Stage(plan_of(AgentStep(id="a", prompt="")), answerer=answerer)
    state = stage.run(Asking())
    assert (state.status, state.reason) == (RunStatus.WAITING, StopReason.UNANSWERED)
    assert stage.memo.facts(RunFinished)
    return stage


class Broken:
    """Raises what it is asked."""

    async def answer(self, question: QuestionAsked) -> tuple[str, str] | None:
        raise ValueError(question.text)


class Stray:
    """Lets a cancellation escape that nobody wanted."""

    async def answer(self, question: QuestionAsked) -> tuple[str, str] | None:
        raise asyncio.CancelledError


class Wrong:
    """Answers with something else than an answer."""

    async def answer(self, question: QuestionAsked) -> tuple[str, str] | None:
        return "to staging"  # type: ignore[return-value]


def test_an_answerer_that_raises_has_no_answer_and_the_run_can_go_on() -> None:
    assert asked(Broken()).warnings == ["the answerer failed at the question of `a`: ValueError: Where to?"]


def test_an_answerer_that_returns_no_answer_of_any_kind_is_told() -> None:
    told = "it gave a `str`, not a text and who gave it, or None"

    assert asked(Wrong()).warnings == [f"the answerer failed at the question of `a`: TypeError: {told}"]


def test_a_stray_cancellation_in_an_answerer_leaves_no_question_open_for_ever() -> None:
    assert asked(Stray()).warnings == []


async def several_turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


class Tidying:
    """Stops the run while it is asked, and takes a while to put things back."""

    def __init__(self) -> None:
        self.stage: Stage | None = None
        self.said: list[str] = []

    async def answer(self, question: QuestionAsked) -> tuple[str, str] | None:
        assert self.stage is not None
        assert self.stage.loop is not None
        self.stage.loop.submit(StopRequested(reason=StopReason.TIMEOUT, grace_s=0))
        try:
            await asyncio.Event().wait()
        finally:
            await several_turns()
            self.said.append("tidied up")
        raise AssertionError


def test_a_run_that_is_stopped_waits_until_its_answerer_has_tidied_up() -> None:
    answerer = Tidying()
    answerer.stage = stage = Stage(plan_of(AgentStep(id="a", prompt="")), answerer=answerer)
    state = stage.run(Asking())

    assert state.reason is StopReason.TIMEOUT
    assert answerer.said == ["tidied up"]


def test_a_run_that_is_cancelled_waits_until_its_answerer_has_tidied_up() -> None:
    said: list[str] = []
    is_asked = asyncio.Event()

    class Patient:
        async def answer(self, question: QuestionAsked) -> tuple[str, str] | None:
            is_asked.set()
            try:
                await asyncio.Event().wait()
            finally:
                await several_turns()
                said.append("tidied up")
            raise AssertionError

    async def cancel() -> None:
        running = asyncio.create_task(
            Stage(plan_of(AgentStep(id="a", prompt="")), answerer=Patient()).drive(Asking())
        )
        await is_asked.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert said == ["tidied up"]

    asyncio.run(cancel())


@dataclass
class Failing:
    """Fails when it is told of something for the second time."""

    told: list[object] = field(default_factory=list)

    def on_events(self, batch: Sequence[Event]) -> None:
        self._take(batch)

    def on_progress(self, progress: Progress) -> None:
        self._take(progress)

    async def close(self) -> None:
        return

    def _take(self, news: object) -> None:
        self.told.append(news)
        if len(self.told) > 1:
            raise ValueError("full")


def test_a_reporter_that_raises_is_told_nothing_more_and_the_others_everything() -> None:
    failing, alike = Failing(), Failing()
    stage = Stage(plan_of(AgentStep(id="a", prompt="")), others=[failing, alike])
    state = stage.run()

    assert state.status is RunStatus.COMPLETED
    assert stage.memo.events == list(stage.journal.read())
    assert len(failing.told) == len(alike.told) == 2
    assert stage.warnings == ["`Failing` is told nothing more of the run: ValueError: full"] * 2


class NoText(Failing):
    """Fails at the first piece of an answer."""

    def _take(self, news: object) -> None:
        self.told.append(news)
        if isinstance(news, Progress):
            raise LookupError("no text")  # noqa: TRY004 - it is of the right type


def test_a_reporter_that_fails_at_a_piece_of_text_fails_no_step() -> None:
    stage = Stage(plan_of(AgentStep(id="a", prompt=""), config=Config(streaming=True)), others=[NoText()])
    state = stage.run(ScriptedBackend())

    assert state.outputs == {"a": "ok"}
    assert [piece.text for piece in stage.memo.pieces] == ["ok"]
    assert stage.warnings == ["`NoText` is told nothing more of the run: LookupError: no text"]
