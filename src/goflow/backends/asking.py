"""One request to one model, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING

from pydantic_ai.direct import model_request, model_request_stream
from pydantic_ai.exceptions import UserError
from pydantic_ai.messages import (
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
)

from goflow.backends.base import Refusal
from goflow.backends.error_kinds import Unreadable, expected_errors
from goflow.backends.failures import classify, failure
from goflow.backends.http import EXCHANGE, Exchange
from goflow.backends.models import OpenModel
from goflow.backends.spending import usage_of
from goflow.events import FailureKind
from goflow.values import dataclass

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage, ModelResponseStreamEvent
    from pydantic_ai.models import ModelRequestParameters, StreamedResponse
    from pydantic_ai.settings import ModelSettings as AskedSettings


@dataclass(slots=True, kw_only=True)
class _Hearing:
    """What has been heard of a stream, which outlives a connection that breaks."""

    stream: StreamedResponse | None = None

    def so_far(self) -> ModelResponse:
        return self.stream.get() if self.stream else ModelResponse(parts=[])


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One model with what is asked of it besides the messages; `streams` where somebody looks."""

    opened: OpenModel
    settings: AskedSettings
    parameters: ModelRequestParameters
    streams: bool
    progress: Callable[[str], None]

    async def ask(self, messages: Sequence[ModelMessage], exchange: Exchange) -> ModelResponse | Refusal:
        """Ask once, within the limits of `exchange`; a refusal has what was consumed all the same."""
        request = _OneRequest(asking=self, messages=messages, exchange=exchange)
        hearing = _Hearing()
        token = EXCHANGE.set(exchange)
        try:
            async with asyncio.timeout(exchange.total_s):
                response = await (request.stream(hearing) if self.streams else request.fetch())
        except expected_errors() as error:
            asked, heard = self.opened.asked, hearing.so_far()
            usage = usage_of(heard, asked, requests=exchange.requests)
            return Refusal(failure=classify(error, asked, exchange), usage=usage)
        finally:
            EXCHANGE.reset(token)
        return self._judge(response, exchange)

    def _judge(self, response: ModelResponse, exchange: Exchange) -> ModelResponse | Refusal:
        """Accept an answer that arrived, unless it is refused, empty, or ends without saying why."""
        asked, is_empty = self.opened.asked, not response.tool_calls and not (response.text or "").strip()
        match response.finish_reason:
            case None if exchange.is_stream or self.streams:
                refused = failure(FailureKind.CONNECTION, asked, "the stream ended before the answer did")
            case "error":
                refused = failure(FailureKind.OVERLOADED, asked, "the provider broke off")
            case "content_filter":
                refused = failure(FailureKind.REJECTED, asked, "its content filter stopped the answer")
            case "length" if is_empty:
                refused = failure(FailureKind.REJECTED, asked, "no token was left for the answer itself")
            case _ if is_empty:
                refused = failure(FailureKind.EMPTY_OUTPUT, asked, "")
            case _:
                return response
        return Refusal(failure=refused, usage=usage_of(response, asked, requests=max(1, exchange.requests)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _OneRequest:
    """One request to one model."""

    asking: Asking
    messages: Sequence[ModelMessage]
    exchange: Exchange

    async def fetch(self) -> ModelResponse:
        asking = self.asking
        with self._reading():
            return await model_request(
                asking.opened.model,
                self.messages,
                model_settings=asking.settings,
                model_request_parameters=asking.parameters,
                instrument=False,
            )

    async def stream(self, hearing: _Hearing) -> ModelResponse:
        async with aclosing(self._texts(hearing)) as texts:
            async for text in texts:
                self.asking.progress(text)
        return hearing.so_far()

    async def _texts(self, hearing: _Hearing) -> AsyncGenerator[str, None]:
        asking = self.asking
        opening = model_request_stream(
            asking.opened.model,
            self.messages,
            model_settings=asking.settings,
            model_request_parameters=asking.parameters,
            instrument=False,
        )
        with self._reading():
            async with opening as hearing.stream:
                async for event in hearing.stream:
                    if text := _new_text(event):
                        yield text

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Name what pydantic-ai has no error for: it trips over an answer whose JSON has another shape."""
        try:
            yield
        except NotImplementedError as error:
            raise UserError(f"this interface cannot be asked so: {error}") from error
        except (AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
            if not self.exchange.headers:
                raise
            raise Unreadable("it has another shape than the answers of this interface") from error


def _new_text(event: ModelResponseStreamEvent) -> str:
    match event:
        case PartStartEvent(part=TextPart(content=text)):
            return text
        case PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
            return text
        case _:
            return ""
