from __future__ import annotations

import asyncio

from goflow.backends.base import Outcome, Request, Success
from goflow.backends.mock import open_mock


class Listener:
    """Ports that keep what they are told."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def progress(self, text: str) -> None:
        self.heard.append(text)

    async def ask(self, question: str, choices: tuple[str, ...] = ()) -> str:
        raise AssertionError(question)


def a_request(*, model: str | None = None, streaming: bool = False) -> Request:
    return Request(
        run_id="r-1",
        step="scan",
        attempt=1,
        agent="scanner",
        system="",
        prompt="look",
        model=model,
        streaming=streaming,
    )


def outcome_of(request: Request, listener: Listener) -> Outcome:
    async def run() -> Outcome:
        async with open_mock() as backend:
            return await backend.run(request, listener)

    return asyncio.run(run())


def test_without_a_script_the_answer_is_mock_output_in_the_name_of_the_model_asked() -> None:
    assert outcome_of(a_request(model="gpt-4o"), Listener()) == Success(output="mock output", model="gpt-4o")


def test_a_streaming_request_shows_the_answer_and_another_shows_nothing() -> None:
    streaming, silent = Listener(), Listener()
    outcome_of(a_request(streaming=True), streaming)
    outcome_of(a_request(), silent)
    assert (streaming.heard, silent.heard) == (["mock output"], [])
