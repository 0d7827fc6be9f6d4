"""Answers without a model: `mock output`, or what a script says."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias, assert_never

from goflow.backends.base import Backend, Outcome, Ports, Refusal, Request, Success
from goflow.backends.mock_script import PLAIN_ANSWER, Answer, Fault, MockScript, Stream, fill_in
from goflow.events import Failure, FailureKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

Sleep: TypeAlias = "Callable[[float], Awaitable[object]]"
"""Waits for some seconds."""

EMPTY = Failure(kind=FailureKind.EMPTY_OUTPUT, message="the script's answer is empty")


class PlainMock:
    """Gives every request the same answer, at once."""

    async def run(self, request: Request, ports: Ports) -> Outcome:
        """Answer `mock output`."""
        if request.streaming:
            ports.progress(PLAIN_ANSWER)
        return Success(output=PLAIN_ANSWER, model=request.model)

    def versions(self) -> Mapping[str, str]:
        """Return nothing: goflow's own version, which every run records, is all that shapes the answer."""
        return {}


class ScriptedMock:
    """Replies as a script says."""

    def __init__(self, script: MockScript, sleep: Sleep) -> None:
        self._script = script
        self._sleep = sleep

    async def run(self, request: Request, ports: Ports) -> Outcome:
        """Take the time the script says, ask what it asks, then reply."""
        reply = self._script.reply_to(request)
        if reply.delay_s:
            await self._sleep(reply.delay_s)
        match reply:
            case Answer():
                return await self._answer(reply, request, ports)
            case Fault():
                message = fill_in(reply.message, request)
                failure = Failure(kind=reply.kind, message=message, retry_after_s=reply.retry_after_s)
                return Refusal(failure=failure, usage=reply.usage)
            case _ as unreachable:
                assert_never(unreachable)

    def versions(self) -> Mapping[str, str]:
        """Return nothing: the script itself is among the sources of the run."""
        return {}

    async def _answer(self, reply: Answer, request: Request, ports: Ports) -> Outcome:
        said = ""
        if reply.question is not None:
            said = await ports.ask(fill_in(reply.question.text, request), reply.question.choices)
        text = fill_in(reply.text, request, said)
        if not text.strip():
            return Refusal(failure=EMPTY, usage=reply.usage)
        await self._show(text, reply.stream, request, ports)
        return Success(output=text, model=request.model, usage=reply.usage)

    async def _show(self, text: str, stream: Stream | None, request: Request, ports: Ports) -> None:
        """Show the text as it arrives; it takes the same time where nobody looks."""
        chars = stream.chunk_chars if stream else len(text)
        for start in range(0, len(text), chars):
            if start and stream:
                await self._sleep(stream.pause_s)
            if request.streaming:
                ports.progress(text[start : start + chars])


@asynccontextmanager
async def open_mock(
    script: MockScript | None = None, *, sleep: Sleep = asyncio.sleep
) -> AsyncIterator[Backend]:
    """Open the mock; without a script it answers `mock output`."""
    yield PlainMock() if script is None else ScriptedMock(script, sleep)
