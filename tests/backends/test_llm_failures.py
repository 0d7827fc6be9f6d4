"""What each way to fail is taken for, on each of the three interfaces, over real HTTP."""

from __future__ import annotations

import asyncio

import pytest
from llmock.pytest_plugin import LLMock
from llmock.scenarios import Fail

from goflow.backends.limiting import Limiting
from goflow.events import Failure, FailureKind
from goflow.workflow import ModelSettings, ProviderSpec, WireApi
from tests.asking import HastyClock, Watcher, ask, failure_in, opened, provider, request_for

INTERFACES = ("chat", "responses", "anthropic")
KINDS = {
    400: FailureKind.REJECTED,
    401: FailureKind.CREDENTIALS,
    403: FailureKind.CREDENTIALS,
    404: FailureKind.MODEL_UNAVAILABLE,
    422: FailureKind.REJECTED,
    500: FailureKind.OVERLOADED,
    502: FailureKind.OVERLOADED,
    503: FailureKind.OVERLOADED,
    529: FailureKind.OVERLOADED,
}
MODELS = {"chat": "gpt-4o", "responses": "gpt-4o", "anthropic": "claude-sonnet-5-5"}


@pytest.fixture(params=INTERFACES)
def interface(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def spec_of(llmock: LLMock, interface: str) -> ProviderSpec:
    if interface == "anthropic":
        return provider("anthropic", llmock.base_url("anthropic"))
    return provider("openai", llmock.base_url("openai"), WireApi(interface))


def failure_from(
    llmock: LLMock,
    interface: str,
    *,
    streaming: bool = False,
    settings: ModelSettings | None = None,
    has_fallback: bool = False,
) -> Failure:
    request = request_for(
        MODELS[interface], streaming=streaming, settings=settings, has_fallback=has_fallback
    )
    outcome = asyncio.run(ask(spec_of(llmock, interface), request))
    assert len(llmock.requests) == 1, "one attempt is one request"
    return failure_in(outcome)


@pytest.mark.parametrize("streaming", [False, True])
def test_a_status_says_what_kind_of_failure_it_is(llmock: LLMock, interface: str, *, streaming: bool) -> None:
    llmock.add(*(Fail(status) for status in KINDS))

    async def ask_for_each() -> list[Failure]:
        limiting = Limiting(clock=HastyClock())
        async with opened(spec_of(llmock, interface), MODELS[interface], limiting=limiting) as backend:
            request = request_for(MODELS[interface], streaming=streaming)
            return [failure_in(await backend.run(request, Watcher())) for _ in KINDS]

    failures = asyncio.run(ask_for_each())

    assert [failure.kind for failure in failures] == list(KINDS.values())
    assert all(f"HTTP {status}" in failure.message for status, failure in zip(KINDS, failures, strict=True))


@pytest.mark.parametrize("streaming", [False, True])
def test_too_many_requests_come_with_the_seconds_to_wait(
    llmock: LLMock, interface: str, *, streaming: bool
) -> None:
    llmock.rate_limit(times=None, retry_after=7)

    failure = failure_from(llmock, interface, streaming=streaming, has_fallback=True)

    assert (failure.kind, failure.retry_after_s) == (FailureKind.RATE_LIMITED, 7.0)


def test_a_used_up_quota_is_not_a_rate_limit(llmock: LLMock) -> None:
    llmock.fail(429, code="insufficient_quota", times=None)

    assert failure_from(llmock, "chat").kind is FailureKind.QUOTA_EXHAUSTED


def test_a_prompt_that_is_too_long_is_refused_for_good(llmock: LLMock) -> None:
    llmock.context_overflow(times=None)

    assert failure_from(llmock, "chat").kind is FailureKind.REJECTED


def test_a_stream_that_drops_in_the_middle_can_be_tried_again(llmock: LLMock, interface: str) -> None:
    llmock.disconnect(after_chunks=3, times=None)

    assert failure_from(llmock, interface, streaming=True).kind is FailureKind.CONNECTION


def test_a_stream_that_ends_without_saying_why_is_no_answer(llmock: LLMock, interface: str) -> None:
    llmock.truncate(after_chunks=3, times=None)

    assert failure_from(llmock, interface, streaming=True).kind is FailureKind.CONNECTION


def test_a_broken_piece_of_a_stream_counts_as_a_broken_connection(llmock: LLMock, interface: str) -> None:
    llmock.corrupt(after_chunks=3, times=None)

    assert failure_from(llmock, interface, streaming=True).kind is FailureKind.CONNECTION


def test_a_stalled_stream_ends_with_the_request_timeout(llmock: LLMock, interface: str) -> None:
    llmock.stall(after_chunks=3, seconds=30, times=None)

    failure = failure_from(llmock, interface, streaming=True, settings=ModelSettings(request_timeout_s=0.5))

    assert failure.kind is FailureKind.TIMEOUT
    assert "`request_timeout` is 0.5s" in failure.message


@pytest.mark.parametrize("streaming", [False, True])
def test_an_empty_answer_can_be_tried_again(llmock: LLMock, interface: str, *, streaming: bool) -> None:
    llmock.reply(" \n", times=None)

    assert failure_from(llmock, interface, streaming=streaming).kind is FailureKind.EMPTY_OUTPUT
