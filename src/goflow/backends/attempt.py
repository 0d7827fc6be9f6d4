"""One attempt: one request to one model, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING

from pydantic_ai.direct import model_request, model_request_stream
from pydantic_ai.messages import (
    ModelRequest,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    UserPromptPart,
)

from goflow.backends.base import Outcome, Ports, Refusal, Request, Success
from goflow.backends.error_kinds import Unreadable, expected_errors
from goflow.backends.failures import classify, failure
from goflow.backends.http import EXCHANGE, Exchange
from goflow.backends.models import OpenModel
from goflow.backends.spending import usage_of
from goflow.events import FailureKind
from goflow.values import dataclass

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponseStreamEvent
    from pydantic_ai.models import StreamedResponse
    from pydantic_ai.settings import ModelSettings as AskedSettings


@dataclass(slots=True, kw_only=True)
class _Hearing:
    """What has been heard of a stream, which outlives a connection that breaks."""

    stream: StreamedResponse | None = None

    def so_far(self) -> ModelResponse:
        return self.stream.get() if self.stream else ModelResponse(parts=[])


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Ask once, within the limits of `exchange`."""

    opened: OpenModel
    request: Request
    settings: AskedSettings
    exchange: Exchange
    ports: Ports

    async def make(self) -> Outcome:
        """Return the answer, or why there is none, with what was consumed either way."""
        hearing = _Hearing()
        token = EXCHANGE.set(self.exchange)
        try:
            async with asyncio.timeout(self.exchange.total_s):
                response = await (self._stream(hearing) if self.request.streaming else self._fetch())
        except expected_errors() as error:
            refused = classify(error, self.opened.asked, self.exchange)
            return Refusal(failure=refused, usage=usage_of(hearing.so_far(), requests=self.exchange.requests))
        finally:
            EXCHANGE.reset(token)
        return self._judge(response)

    async def _fetch(self) -> ModelResponse:
        model, messages = self.opened.model, [_message(self.request)]
        with self._reading():
            return await model_request(model, messages, model_settings=self.settings, instrument=False)

    async def _stream(self, hearing: _Hearing) -> ModelResponse:
        async with aclosing(self._texts(hearing)) as texts:
            async for text in texts:
                self.ports.progress(text)
        return hearing.so_far()

    async def _texts(self, hearing: _Hearing) -> AsyncGenerator[str, None]:
        model, messages = self.opened.model, [_message(self.request)]
        asking = model_request_stream(model, messages, model_settings=self.settings, instrument=False)
        with self._reading():
            async with asking as hearing.stream:
                async for event in hearing.stream:
                    if text := _new_text(event):
                        yield text

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Name what pydantic-ai has no error for: it trips over an answer whose JSON has another shape."""
        try:
            yield
        except (AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
            if not self.exchange.headers:
                raise
            raise Unreadable("it has another shape than the answers of this interface") from error

    def _judge(self, response: ModelResponse) -> Outcome:
        """Accept an answer that arrived, unless it is refused, empty, or ends without saying why."""
        asked, text = self.opened.asked, response.text or ""
        usage = usage_of(response, requests=max(1, self.exchange.requests))
        match response.finish_reason:
            case None if self.exchange.is_stream or self.request.streaming:
                refused = failure(FailureKind.CONNECTION, asked, "the stream ended before the answer did")
            case "error":
                refused = failure(FailureKind.OVERLOADED, asked, "the provider broke off")
            case "content_filter":
                refused = failure(FailureKind.REJECTED, asked, "its content filter stopped the answer")
            case "length" if not text.strip():
                refused = failure(FailureKind.REJECTED, asked, "no token was left for the answer itself")
            case _ if not text.strip():
                refused = failure(FailureKind.EMPTY_OUTPUT, asked, "")
            case _:
                name, session_id = self.request.model or asked.model, response.provider_response_id
                return Success(output=text, model=name, usage=usage, session_id=session_id)
        return Refusal(failure=refused, usage=usage)


def _message(request: Request) -> ModelRequest:
    return ModelRequest(parts=[UserPromptPart(content=request.prompt)], instructions=request.system or None)


def _new_text(event: ModelResponseStreamEvent) -> str:
    match event:
        case PartStartEvent(part=TextPart(content=text)):
            return text
        case PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
            return text
        case _:
            return ""
