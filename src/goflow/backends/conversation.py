"""An attempt as a conversation: the model is asked, its tools are used, and it is asked again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from pydantic_ai.messages import ModelRequest

from goflow.backends.base import Outcome, Ports, Refusal, Request, Success
from goflow.backends.failures import failure
from goflow.backends.messages import (
    calls_in,
    decode,
    encode,
    final_call,
    refused,
    restored,
    tell_results,
    written_arguments,
)
from goflow.backends.structured import Invalid, Valid, Validator
from goflow.events import NO_USAGE, AnswerRefused, FailureKind, ToolReturned, TurnTaken, Usage
from goflow.tools.base import ToolCall
from goflow.tools.toolset import Toolset
from goflow.values import dataclass

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage, ModelResponse

    from goflow.backends.admission import Admission

MOST_TURNS: Final = 100
"""Requests of one attempt; a model that still calls tools then goes round in circles."""

MOST_REPAIRS: Final = 3
"""How often a model is asked to mend an answer that does not satisfy its schema."""

MOST_CALLS: Final = 32
"""Calls of one turn that are made at the same time."""


@dataclass(slots=True, kw_only=True)
class Conversation:
    """One attempt, from what was said before to an answer, a failure, or the last turn."""

    request: Request
    admission: Admission
    toolset: Toolset
    ports: Ports
    validator: Validator | None
    messages: list[ModelMessage] = field(default_factory=list)
    results: dict[str, ToolReturned] = field(default_factory=dict)
    spent: Usage = NO_USAGE
    repairs: int = 0

    async def hold(self) -> Outcome:
        """Go on from what was said so far."""
        so_far = restored(self.request)
        self.messages, self.results = so_far.messages, so_far.results
        self.repairs = sum(isinstance(fact, AnswerRefused) for fact in self.request.so_far)
        calls = [call for call in calls_in(self.messages[-1]) if call.id not in self.results]
        await self._use_tools([replace(call, was_cut_off=True) for call in calls])
        for _ in range(MOST_TURNS):
            response, usage = await self.admission.ask(self.messages)
            self.spent = self.spent.plus(usage)
            if isinstance(response, Refusal):
                return replace(response, usage=self.spent)
            outcome = await self._take(response, usage)
            if outcome is not None:
                return outcome
        return self._refuse(FailureKind.REJECTED, f"no answer after {MOST_TURNS} turns of tool calls")

    async def _take(self, response: ModelResponse, usage: Usage) -> Outcome | None:
        """Use the tools that the model calls, or accept its answer; None where it is asked again."""
        if response.tool_calls and final_call(response) is None:
            self.messages.append(await self._kept(response, usage))
            await self._use_tools(calls_in(response))
            return None
        text = _answer_in(response)
        if self.validator is None:
            return self._succeed(text, response)
        match self.validator.check(text):
            case Valid(text=text):
                return self._succeed(text, response)
            case Invalid(complaint=complaint):
                return await self._complain(response, complaint, usage)

    async def _kept(self, response: ModelResponse, usage: Usage) -> ModelResponse:
        """Return a turn as it is kept: without secrets, so that a resumed attempt sends the same."""
        request, message = self.request, encode(response)
        turn = TurnTaken(step=request.step, attempt=request.attempt, message=message, usage=usage)
        kept = await self.ports.record(turn)
        return response if kept.message == message else decode(kept.message)

    async def _complain(self, response: ModelResponse, complaint: str, usage: Usage) -> Outcome | None:
        if self.repairs >= MOST_REPAIRS:
            return self._refuse(FailureKind.INVALID_OUTPUT, complaint)
        self.repairs += 1
        told = f"{complaint}\n\nAnswer again, with the whole JSON value and nothing else."
        request = self.request
        kept = await self.ports.record(
            AnswerRefused(
                step=request.step,
                attempt=request.attempt,
                message=encode(response),
                complaint=told,
                usage=usage,
            )
        )
        answer = decode(kept.message)
        self.messages += [answer, ModelRequest(parts=[refused(answer, kept.complaint)])]
        return None

    async def _use_tools(self, calls: Sequence[ToolCall]) -> None:
        """Make the calls that have no result yet, and tell the model all results of the turn."""
        if self.toolset.is_sequential(calls):
            made = [await self.toolset.call(call) for call in calls]
        else:
            made = await self._use_together(calls)
        self.results |= {result.call_id: result for result in made}
        tell_results(self.messages, self.results)

    async def _use_together(self, calls: Sequence[ToolCall]) -> list[ToolReturned]:
        slots = asyncio.Semaphore(MOST_CALLS)

        async def use(call: ToolCall) -> ToolReturned:
            async with slots:
                return await self.toolset.call(call)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(use(call)) for call in calls]
        return [task.result() for task in tasks]

    def _succeed(self, text: str, response: ModelResponse) -> Success:
        name = self.request.model or self.admission.asking.opened.asked.model
        return Success(output=text, model=name, usage=self.spent, session_id=response.provider_response_id)

    def _refuse(self, kind: FailureKind, detail: str) -> Refusal:
        return Refusal(failure=failure(kind, self.admission.asking.opened.asked, detail), usage=self.spent)


def _answer_in(response: ModelResponse) -> str:
    final = final_call(response)
    return (response.text or "") if final is None else written_arguments(final)
