"""Answers without a model: `mock output`, or what a script says."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias, assert_never

from goflow.backends.base import Backend, Need, Outcome, OverBudget, Ports, Refusal, Request, Success
from goflow.backends.mock_script import PLAIN_ANSWER, Answer, Call, Fault, MockScript, Reply, Stream, fill_in
from goflow.events import Failure, FailureKind, ToolReturned
from goflow.tools.base import ToolCall
from goflow.tools.opening import OpenTools, open_no_tools

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from goflow.workflow.policy import Json

Sleep: TypeAlias = "Callable[[float], Awaitable[object]]"
"""Waits for some seconds."""

EMPTY = Failure(kind=FailureKind.EMPTY_OUTPUT, message="the script's answer is empty")


class PlainMock:
    """Gives every request the same answer, at once."""

    async def run(self, request: Request, ports: Ports) -> Outcome:
        """Answer `mock output`, or the plainest value that the step's schema allows."""
        answer = PLAIN_ANSWER if request.output_schema is None else _plainest(request.output_schema)
        if request.streaming:
            ports.progress(answer)
        return Success(output=answer, model=request.model)

    def versions(self) -> Mapping[str, str]:
        """Return nothing: goflow's own version, which every run records, is all that shapes the answer."""
        return {}


class ScriptedMock:
    """Replies as a script says."""

    def __init__(self, script: MockScript, sleep: Sleep, open_tools: OpenTools) -> None:
        self._script = script
        self._sleep = sleep
        self._open_tools = open_tools

    async def run(self, request: Request, ports: Ports) -> Outcome:
        """Take the time the script says, ask what it asks, then reply."""
        reply = self._script.reply_to(request)
        if not request.has_budget:
            return await self._reply(reply, request, ports)
        taken = reply.usage
        need = Need(tokens=taken.input_tokens + taken.output_tokens, cost_usd=taken.cost_usd)
        try:
            async with ports.reserve(need) as settle:
                outcome = await self._reply(reply, request, ports)
                settle(outcome.usage)
                return outcome
        except OverBudget as error:
            message = f"the step's budget allows no other request: {error}"
            return Refusal(failure=Failure(kind=FailureKind.OVER_BUDGET, message=message))

    async def _reply(self, reply: Reply, request: Request, ports: Ports) -> Outcome:
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
        result = await self._use_tools(reply.calls, request, ports)
        said = ""
        if reply.question is not None:
            said = await ports.ask(fill_in(reply.question.text, request), reply.question.choices)
        text = fill_in(reply.text, request, answer=said, result=result)
        if not text.strip():
            return Refusal(failure=EMPTY, usage=reply.usage)
        await self._show(text, reply.stream, request, ports)
        return Success(output=text, model=request.model, usage=reply.usage)

    async def _use_tools(self, calls: Sequence[Call], request: Request, ports: Ports) -> str:
        """Make the calls that a resumed attempt has not made before; return the result of the last."""
        if not calls:
            return ""
        toolset = (await self._open_tools()).toolset(request, ports)
        made = {fact.call_id: fact.result for fact in request.so_far if isinstance(fact, ToolReturned)}
        result = ""
        for number, call in enumerate(calls, start=1):
            call_id = f"call-{number}"
            if call_id not in made:
                asked = ToolCall(id=call_id, name=call.tool, arguments=call.arguments)
                made[call_id] = (await toolset.call(asked)).result
            result = made[call_id]
        return result

    async def _show(self, text: str, stream: Stream | None, request: Request, ports: Ports) -> None:
        """Show the text as it arrives; it takes the same time where nobody looks."""
        chars = stream.chunk_chars if stream else len(text)
        for start in range(0, len(text), chars):
            if start and stream:
                await self._sleep(stream.pause_s)
            if request.streaming:
                ports.progress(text[start : start + chars])


def _plainest(schema: Mapping[str, Json]) -> str:
    from goflow.backends.schema_stub import stub_of

    return json.dumps(stub_of(schema), ensure_ascii=False, separators=(",", ":"))


@asynccontextmanager
async def open_mock(
    script: MockScript | None = None,
    *,
    sleep: Sleep = asyncio.sleep,
    open_tools: OpenTools | None = None,
) -> AsyncIterator[Backend]:
    """Open the mock; without a script it answers `mock output`."""
    yield PlainMock() if script is None else ScriptedMock(script, sleep, open_tools or open_no_tools)
