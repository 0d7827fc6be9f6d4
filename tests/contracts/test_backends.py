"""What every backend does, whatever answers behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

import pytest

import goflow
from goflow.backends.base import Backend, Outcome, Refusal, Request, Success
from goflow.backends.copilot import open_copilot
from goflow.backends.mock import open_mock
from goflow.backends.mock_parser import parse_script
from goflow.backends.replay import open_replay
from goflow.events import (
    AttemptFailed,
    AttemptStarted,
    Event,
    Fact,
    Failure,
    FailureKind,
    MemoryWritten,
    StepCompleted,
)
from goflow.projections.recording_fold import record
from tests.asking import Watcher, opened, provider
from tests.copilot_stand_in import Behaviour, CopilotStandIn
from tests.model_server import Reply, chat, chat_stream, model_server, whole

How: TypeAlias = Literal["answers", "streams", "fails", "is blank", "hangs"]
REQUEST = Request(run_id="r-1", step="s", attempt=1, agent="a", system="Be brief.", prompt="look", model="m")

SCRIPT = """
answers:
  - {step: fails, fail: rejected, message: no such thing}
  - {step: is blank, answer: " "}
  - {step: hangs, answer: "hanging, and hanging", stream: {chunk: 8, pause: 1h}}
default: an answer
"""
BEHAVIOURS: dict[How, Behaviour] = {
    "answers": Behaviour(),
    "streams": Behaviour(),
    "fails": Behaviour(stderr="no such thing", exit=1),
    "is blank": Behaviour(stdout=" \n"),
    "hangs": Behaviour(hangs=True),
}
REPLIES: dict[How, Reply] = {
    "answers": chat("an answer"),
    "streams": chat_stream("an ", "answer"),
    "fails": whole({"error": {"message": "no such thing", "type": "invalid_request_error"}}, status=400),
    "is blank": chat(" "),
    "hangs": chat_stream("hanging", finish=None, hangs=True),
}


@dataclass(frozen=True, kw_only=True)
class World:
    """A backend in surroundings that can be told how to behave, and looked at from outside."""

    backend: Backend
    tell: Callable[[How], Request]
    """Have the next requests treated so; returns one to make."""
    has_stopped: Callable[[], Awaitable[bool]]
    """Whether the work behind a request that hung is over."""


OpenWorld: TypeAlias = Callable[[Path], AbstractAsyncContextManager[World]]


@asynccontextmanager
async def mock_world(_folder: Path) -> AsyncIterator[World]:
    async def has_stopped() -> bool:
        return asyncio.all_tasks() == {asyncio.current_task()}

    async with open_mock(parse_script(SCRIPT, "mock.yaml")) as backend:
        yield World(backend=backend, tell=lambda how: replace(REQUEST, step=how), has_stopped=has_stopped)


@asynccontextmanager
async def copilot_world(folder: Path) -> AsyncIterator[World]:
    stand_in = CopilotStandIn(folder)

    def tell(how: How) -> Request:
        stand_in.behave(BEHAVIOURS[how])
        return REQUEST

    async def has_stopped() -> bool:
        return stand_in.all_are_dead()

    try:
        async with open_copilot({"PATH": stand_in.path}) as backend:
            yield World(backend=backend, tell=tell, has_stopped=has_stopped)
    finally:
        stand_in.close()


@asynccontextmanager
async def llm_world(_folder: Path) -> AsyncIterator[World]:
    async with model_server() as server, opened(provider("openai", f"{server.url}/v1")) as backend:

        def tell(how: How) -> Request:
            server.reply = REPLIES[how]
            return REQUEST

        async def has_stopped() -> bool:
            return await server.gone.wait()

        yield World(backend=backend, tell=tell, has_stopped=has_stopped)


STEPS: dict[How, str] = {how: how.replace(" ", "-") for how in BEHAVIOURS}
REPLAYED = """
name: replayed
config: {shared_memory: {enabled: true, inject_into_prompt: true}}
steps: [%s, {id: never, prompt: look}]
"""


def failed(how: How, kind: FailureKind) -> Fact:
    failure = Failure(kind=kind, message="no such thing")
    return AttemptFailed(step=STEPS[how], attempt=1, failure=failure, chance=0.5)


def answered(how: How) -> Fact:
    return StepCompleted(step=STEPS[how], attempt=1, output="an answer", model="m")


def recorded() -> list[Fact]:
    """Return a run; what hangs waits for an entry of the memory by a step that never starts again."""
    steps = ["never", *STEPS.values()]
    return [
        *(AttemptStarted(step=step, attempt=1, agent="a", model="m", prompt="look") for step in steps),
        answered("answers"),
        answered("streams"),
        failed("fails", FailureKind.REJECTED),
        failed("is blank", FailureKind.EMPTY_OUTPUT),
        MemoryWritten(step="never", attempt=1, agent="a", text="an entry"),
        answered("hangs"),
    ]


@asynccontextmanager
async def replay_world(folder: Path) -> AsyncIterator[World]:
    workflow = folder / "replayed.yaml"
    steps = ", ".join(f"{{id: {step}, prompt: look}}" for step in STEPS.values())
    workflow.write_text(REPLAYED % steps, encoding="utf-8")
    recording = record(Event(seq, 0, fact) for seq, fact in enumerate(recorded(), start=1))

    async def has_stopped() -> bool:
        return asyncio.all_tasks() == {asyncio.current_task()}

    async with open_replay(recording, goflow.plan(workflow)) as backend:
        yield World(
            backend=backend, tell=lambda how: replace(REQUEST, step=STEPS[how]), has_stopped=has_stopped
        )


@pytest.fixture(
    params=[mock_world, copilot_world, llm_world, replay_world], ids=["mock", "copilot", "llm", "replay"]
)
def play(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[Callable[[World], Awaitable[None]]], None]:
    """Return what runs a story in a new world."""
    open_world: OpenWorld = request.param

    def play_story(story: Callable[[World], Awaitable[None]]) -> None:
        async def run() -> None:
            async with open_world(tmp_path) as world:
                await story(world)

        asyncio.run(run())

    return play_story


Play: TypeAlias = Callable[[Callable[[World], Awaitable[None]]], None]


def is_the_answer(outcome: Outcome) -> bool:
    return isinstance(outcome, Success) and (outcome.output, outcome.model) == ("an answer", "m")


async def begun(world: World) -> asyncio.Task[Outcome]:
    """Make a request that hangs, and return when something of its answer has been seen."""
    watcher = Watcher()
    attempt = asyncio.create_task(world.backend.run(replace(world.tell("hangs"), streaming=True), watcher))
    await watcher.has_seen.wait()
    return attempt


def test_an_answer_is_a_success_in_the_name_of_the_model(play: Play) -> None:
    async def story(world: World) -> None:
        assert is_the_answer(await world.backend.run(world.tell("answers"), Watcher()))

    play(story)


def test_what_is_shown_of_a_streamed_answer_is_the_answer(play: Play) -> None:
    async def story(world: World) -> None:
        watcher = Watcher()
        assert is_the_answer(await world.backend.run(replace(world.tell("streams"), streaming=True), watcher))
        assert "".join(watcher.shown).strip() == "an answer"

    play(story)


def test_without_streaming_nothing_is_shown(play: Play) -> None:
    async def story(world: World) -> None:
        watcher = Watcher()
        await world.backend.run(world.tell("answers"), watcher)
        assert watcher.shown == []

    play(story)


def test_a_failure_is_an_outcome_with_its_kind_and_words(play: Play) -> None:
    async def story(world: World) -> None:
        outcome = await world.backend.run(world.tell("fails"), Watcher())
        assert isinstance(outcome, Refusal)
        assert outcome.failure.kind is FailureKind.REJECTED
        assert "no such thing" in outcome.failure.message

    play(story)


def test_an_answer_of_blanks_is_a_failure(play: Play) -> None:
    async def story(world: World) -> None:
        outcome = await world.backend.run(world.tell("is blank"), Watcher())
        assert isinstance(outcome, Refusal)
        assert outcome.failure.kind is FailureKind.EMPTY_OUTPUT

    play(story)


def test_cancelling_stops_the_work_for_real(play: Play) -> None:
    async def story(world: World) -> None:
        attempt = await begun(world)
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt
        assert await world.has_stopped()

    play(story)


def test_cancelling_one_request_leaves_the_others_alone(play: Play) -> None:
    async def story(world: World) -> None:
        attempt = await begun(world)
        request = world.tell("answers")
        others = [asyncio.create_task(world.backend.run(request, Watcher())) for _ in range(5)]
        attempt.cancel()
        await asyncio.wait({attempt, *others})
        assert attempt.cancelled()
        assert all(is_the_answer(other.result()) for other in others)

    play(story)


def test_a_backend_goes_on_after_a_failure(play: Play) -> None:
    async def story(world: World) -> None:
        await world.backend.run(world.tell("fails"), Watcher())
        assert is_the_answer(await world.backend.run(world.tell("answers"), Watcher()))

    play(story)


def test_many_requests_are_under_way_at_the_same_time(play: Play) -> None:
    async def story(world: World) -> None:
        attempts = [await begun(world) for _ in range(8)]
        assert not any(attempt.done() for attempt in attempts)
        for attempt in attempts:
            attempt.cancel()
        await asyncio.wait(attempts)

    play(story)


def test_versions_are_words_by_name(play: Play) -> None:
    async def story(world: World) -> None:
        for name, version in world.backend.versions().items():
            assert isinstance(name, str)
            assert isinstance(version, str)

    play(story)
