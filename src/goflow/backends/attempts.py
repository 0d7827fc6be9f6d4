"""One attempt: one request to one model, and what came of it. Retrying and moving on are the runner's."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic_ai.direct import model_request, model_request_stream
from pydantic_ai.messages import (
    ModelRequest,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    UserPromptPart,
)

from goflow.backends.base import Outcome, Ports, Refusal, Request, Success
from goflow.backends.failures import EXPECTED, classify, failure
from goflow.backends.http import EXCHANGE, Exchange, Patience
from goflow.backends.llm import versions
from goflow.backends.model_settings import asked_settings, refused_settings
from goflow.backends.models import OpenModel
from goflow.backends.services import Unavailable
from goflow.backends.spending import usage_of
from goflow.events import Failure, FailureKind
from goflow.workflow import ModelSettings

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponse, ModelResponseStreamEvent
    from pydantic_ai.models import StreamedResponse
    from pydantic_ai.settings import ModelSettings as AskedSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmBackend:
    """Asks models over HTTP; holds nothing of any attempt."""

    models: Mapping[str | None, OpenModel | Unavailable]
    patience: Patience

    async def run(self, request: Request, ports: Ports) -> Outcome:
        """Ask once."""
        opened = self.models.get(request.model)
        if not isinstance(opened, OpenModel):
            message = opened.message if opened else f"`{request.model}` is not among the models of this run"
            return Refusal(failure=Failure(kind=FailureKind.MODEL_UNAVAILABLE, message=message))
        settings = request.settings or ModelSettings()
        asked = asked_settings(opened.model, settings)
        if refused := refused_settings(opened.model, asked):
            detail = f"it takes no `{'`, `'.join(refused)}`"
            return Refusal(failure=failure(FailureKind.REJECTED, opened.asked, detail))
        exchange = self._exchange(request, settings)
        attempt = _Attempt(opened=opened, request=request, settings=asked, exchange=exchange, ports=ports)
        return await attempt.make()

    def _exchange(self, request: Request, settings: ModelSettings) -> Exchange:
        """Bound the silences; a `request_timeout` that was written bounds the whole request instead."""
        total_s = settings.request_timeout_s
        patience_s = self.patience.stream_s if request.streaming else self.patience.whole_s
        return Exchange(connect_s=self.patience.connect_s, silence_s=total_s or patience_s, total_s=total_s)

    def versions(self) -> Mapping[str, str]:
        """Return the versions of what shapes answers and prices."""
        return versions()


@dataclass(slots=True, kw_only=True)
class _Hearing:
    """What has been heard of an answer, which outlives a connection that breaks."""

    stream: StreamedResponse | None = None

    def so_far(self) -> ModelResponse | None:
        return self.stream.get() if self.stream else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    opened: OpenModel
    request: Request
    settings: AskedSettings
    exchange: Exchange
    ports: Ports

    async def make(self) -> Outcome:
        hearing = _Hearing()
        token = EXCHANGE.set(self.exchange)
        try:
            async with asyncio.timeout(self.exchange.total_s):
                response = await (self._stream(hearing) if self.request.streaming else self._fetch())
        except EXPECTED as error:
            refused = classify(error, self.opened.asked, self.exchange)
            return Refusal(failure=refused, usage=usage_of(hearing.so_far(), requests=self.exchange.requests))
        finally:
            EXCHANGE.reset(token)
        return self._judge(response)

    async def _fetch(self) -> ModelResponse:
        model, messages = self.opened.model, [_message(self.request)]
        return await model_request(model, messages, model_settings=self.settings, instrument=False)

    async def _stream(self, hearing: _Hearing) -> ModelResponse:
        model, messages = self.opened.model, [_message(self.request)]
        asking = model_request_stream(model, messages, model_settings=self.settings, instrument=False)
        async with asking as stream:
            hearing.stream = stream
            async for event in stream:
                if text := _new_text(event):
                    self.ports.progress(text)
            return stream.get()

    def _judge(self, response: ModelResponse) -> Outcome:
        """Accept an answer that arrived, unless it is refused, empty, or ends without saying why."""
        asked, text = self.opened.asked, response.text or ""
        usage = usage_of(response, requests=self.exchange.requests)
        match response.finish_reason:
            case None if self.exchange.is_stream:
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
