"""The turns of requests in a limiter: how they are waited for, and what their ends say of its limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from goflow.backends.base import Ports, Refusal, Request
from goflow.events import CallAdmitted, CallThrottled, Failure, FailureKind, Usage
from goflow.governor import Call, Limiter, Reason, Refused
from goflow.values import dataclass

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponse

    from goflow.backends.http import Exchange

_REFUSED: Final = {
    FailureKind.RATE_LIMITED: Refused.RATE,
    FailureKind.OVERLOADED: Refused.OVERLOADED,
    FailureKind.QUOTA_EXHAUSTED: Refused.QUOTA,
}
_OUT_OF_ORDER: Final = frozenset({500, 502, 504})
_WORDS: Final = {
    Reason.PAUSED: "it takes no requests until then",
    Reason.REQUESTS: "too many requests a minute",
    Reason.TOKENS: "too many tokens a minute",
    Reason.CONCURRENCY: "too many requests at the same time",
    Reason.RAMP: "how many requests it takes is being found out",
    Reason.BUSY: "another run asks it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """Where the requests of one attempt wait for their turn, and no longer than `patience_s` in a pause."""

    request: Request
    limit: str
    """What makes it wait, as people are told it: `provider:model`."""
    ports: Ports
    limiter: Limiter
    patience_s: float

    @asynccontextmanager
    async def take(self, tokens: int) -> AsyncIterator[Call]:
        """Wait for a request's turn, and tell of the wait where it is long enough to be told of."""
        told: list[CallThrottled] = []

        def tell(waited_s: float, until_s: float | None, reason: Reason) -> None:
            told.append(self._throttled(waited_s, until_s, reason))
            self.ports.note(told[0])

        rank, patience_s = self.request.rank, self.patience_s
        async with self.limiter.admit(tokens=tokens, rank=rank, waiting=tell, patience_s=patience_s) as call:
            if told:
                waited_ms = round(1000 * call.waited_s)
                step, attempt = self.request.step, self.request.attempt
                self.ports.note(CallAdmitted(step=step, attempt=attempt, waited_ms=waited_ms))
            yield call

    def _throttled(self, waited_s: float, until_s: float | None, reason: Reason) -> CallThrottled:
        return CallThrottled(
            step=self.request.step,
            attempt=self.request.attempt,
            limit=self.limit,
            reason=_WORDS[reason],
            until_ms=None if until_s is None else round(1000 * until_s),
            waited_ms=round(1000 * waited_s),
        )


def end_call(call: Call, answer: ModelResponse | Refusal, usage: Usage, exchange: Exchange) -> None:
    """Say how a call ended; one that nothing came back of was cancelled, as far as its limits go."""
    if isinstance(answer, Refusal) and (kind := _refused(answer.failure, exchange)) is not None:
        call.refused(retry_after_s=answer.failure.retry_after_s, headers=exchange.headers, kind=kind)
    elif exchange.headers or not isinstance(answer, Refusal):
        tokens = usage.input_tokens + usage.output_tokens
        call.settle(tokens=tokens or None, headers=exchange.headers)


def _refused(failure: Failure, exchange: Exchange) -> Refused | None:
    """Return what a failure says of the limits; a server that is out of order says nothing of them."""
    if exchange.status in _OUT_OF_ORDER and failure.retry_after_s is None:
        return None
    return _REFUSED.get(failure.kind)
