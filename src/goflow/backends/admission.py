"""A request to a model, made when the budget and the provider's limits allow it.

A request that is told to come later waits and is made again: that is no failed attempt of its step. It is one
only where the wait is long and another model can be asked, or where it is too long to stay up for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from goflow.backends.base import OverBudget, Ports, Refusal, Request, Settle
from goflow.backends.failures import failure
from goflow.backends.needs import likely_tokens, most_of
from goflow.backends.spending import usage_of
from goflow.events import CallAdmitted, CallThrottled, Failure, FailureKind, Usage
from goflow.governor import Call, Limiter, PausedTooLong, Reason, Refused
from goflow.values import dataclass

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage, ModelResponse

    from goflow.backends.asking import Asking
    from goflow.backends.http import Exchange

MOST_REFUSALS: Final = 12
"""How often one request is refused before its attempt fails: the limits are not what they are told to be."""

LONG_WAIT_S: Final = 5.0
"""Longer than this another model is asked, where there is one."""

LONGEST_WAIT_S: Final = 600.0
"""No request waits longer than this; its step does, and the run is laid aside if nothing else is left."""

_REFUSED: Final = {
    FailureKind.RATE_LIMITED: Refused.RATE,
    FailureKind.OVERLOADED: Refused.OVERLOADED,
    FailureKind.QUOTA_EXHAUSTED: Refused.QUOTA,
}
_WORDS: Final = {
    Reason.PAUSED: "it takes no requests until then",
    Reason.REQUESTS: "too many requests a minute",
    Reason.TOKENS: "too many tokens a minute",
    Reason.CONCURRENCY: "too many requests at the same time",
    Reason.RAMP: "how many requests it takes is being found out",
    Reason.BUSY: "another run asks it",
}


@dataclass(slots=True, kw_only=True)
class Admission:
    """Makes the requests of one attempt, each in its turn."""

    request: Request
    asking: Asking
    ports: Ports
    limiter: Limiter
    new_exchange: Callable[[], Exchange]

    async def ask(self, messages: Sequence[ModelMessage]) -> tuple[ModelResponse | Refusal, Usage]:
        """Ask once; return the answer, and what it has taken with all requests that were refused before."""
        try:
            async with self._reserved(messages) as settle:
                answer, usage = await self._ask_in_turn(messages)
                settle(usage)
                return answer, usage
        except OverBudget as error:
            detail = f"the step's budget allows no other request: {error}"
            return Refusal(failure=Failure(kind=FailureKind.OVER_BUDGET, message=detail)), Usage()

    @asynccontextmanager
    async def _reserved(self, messages: Sequence[ModelMessage]) -> AsyncIterator[Settle]:
        if not self.request.has_budget:
            yield lambda _usage: None
            return
        async with self.ports.reserve(most_of(self.asking, messages)) as settle:
            yield settle

    async def _ask_in_turn(self, messages: Sequence[ModelMessage]) -> tuple[ModelResponse | Refusal, Usage]:
        tokens, refusals = likely_tokens(self.asking, messages), 0
        while True:
            exchange = self.new_exchange()
            try:
                async with self._turn(tokens) as call:
                    answer = await self.asking.ask(messages, exchange)
                    usage = _usage_of(answer, exchange, refusals)
                    _settle(call, answer, usage, exchange)
            except PausedTooLong as paused:
                return self._refuse(paused.wait_s), Usage(requests=refusals)
            refusals += max(1, exchange.requests)
            if not self._is_worth_the_wait(answer) or refusals >= MOST_REFUSALS:
                return answer, usage

    @asynccontextmanager
    async def _turn(self, tokens: int) -> AsyncIterator[Call]:
        """Wait for the request's turn, and tell of the wait where it is long enough to be told of."""
        patience_s = LONG_WAIT_S if self.request.has_fallback else LONGEST_WAIT_S
        told: list[CallThrottled] = []

        def tell(until_s: float | None, reason: Reason) -> None:
            told.append(self._throttled(until_s, reason))
            self.ports.note(told[0])

        async with self.limiter.admit(tokens=tokens, waiting=tell, patience_s=patience_s) as call:
            if told:
                waited_ms = round(1000 * call.waited_s)
                step, attempt = self.request.step, self.request.attempt
                self.ports.note(CallAdmitted(step=step, attempt=attempt, waited_ms=waited_ms))
            yield call

    def _throttled(self, until_s: float | None, reason: Reason) -> CallThrottled:
        asked = self.asking.opened.asked
        return CallThrottled(
            step=self.request.step,
            attempt=self.request.attempt,
            limit=f"{asked.provider}:{asked.model}",
            reason=_WORDS[reason],
            until_ms=None if until_s is None else round(1000 * until_s),
        )

    def _is_worth_the_wait(self, answer: ModelResponse | Refusal) -> bool:
        if not isinstance(answer, Refusal) or answer.failure.kind is not FailureKind.RATE_LIMITED:
            return False
        longest_s = LONG_WAIT_S if self.request.has_fallback else LONGEST_WAIT_S
        return (answer.failure.retry_after_s or 0.0) <= longest_s

    def _refuse(self, wait_s: float) -> Refusal:
        refused = failure(
            FailureKind.RATE_LIMITED, self.asking.opened.asked, "it was not asked", wait_s=wait_s
        )
        return Refusal(failure=refused)


def _usage_of(answer: ModelResponse | Refusal, exchange: Exchange, refusals: int) -> Usage:
    if isinstance(answer, Refusal):
        return replace(answer.usage, requests=answer.usage.requests + refusals)
    return usage_of(answer, requests=max(1, exchange.requests) + refusals)


def _settle(call: Call, answer: ModelResponse | Refusal, usage: Usage, exchange: Exchange) -> None:
    """Say how a call ended; one that nothing came back of was cancelled, as far as its limits go."""
    kind = _REFUSED.get(answer.failure.kind) if isinstance(answer, Refusal) else None
    if isinstance(answer, Refusal) and kind is not None:
        call.refused(retry_after_s=answer.failure.retry_after_s, headers=exchange.headers, kind=kind)
    elif exchange.headers or not isinstance(answer, Refusal):
        tokens = usage.input_tokens + usage.output_tokens
        call.settle(tokens=tokens or None, headers=exchange.headers)
