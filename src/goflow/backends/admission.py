"""A request to a model, made when the budget and the provider's limits allow it.

A request that is told to come later waits and is made again: that is no failed attempt of its step. It is one
only where the wait is long and another model can be asked, or where it is too long to stay up for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from goflow.backends.base import OverBudget, Ports, Refusal, Request, Settle
from goflow.backends.failures import failure
from goflow.backends.needs import all_of, likely_tokens, most_of
from goflow.backends.spending import usage_of
from goflow.backends.turns import Turns, end_call
from goflow.events import NO_USAGE, Failure, FailureKind, Usage
from goflow.governor import Limiter, PausedTooLong
from goflow.scheduler.retry import LONG_WAIT_S, LONGEST_WAIT_S
from goflow.values import dataclass

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage, ModelResponse

    from goflow.backends.asking import Asking
    from goflow.backends.http import Exchange

MOST_REFUSALS: Final = 12
"""How often one request is refused before its attempt fails: the limits are not what they are told to be."""

_ERRORS_FROM: Final = 400


@dataclass(slots=True, kw_only=True)
class Admission:
    """Makes the requests of one attempt, each in its turn."""

    request: Request
    asking: Asking
    ports: Ports
    limiter: Limiter
    new_exchange: Callable[[], Exchange]
    under_way: Exchange | None = None
    """What is being asked right now."""

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
        """Hold the most that a request can take; where nothing tells what it took, it took that."""
        if not self.request.has_budget:
            yield lambda _usage: None
            return
        need = most_of(self.asking, messages)
        async with self.ports.reserve(need) as settle:
            try:
                yield lambda usage: settle(all_of(need) if self._is_cut_off(usage) else usage)
            except asyncio.CancelledError:
                if self._is_cut_off(NO_USAGE):
                    settle(all_of(need))
                raise

    def _is_cut_off(self, usage: Usage) -> bool:
        """Whether a request was made that may be billed, and nothing is known of what it took."""
        return self.under_way is not None and not usage.input_tokens + usage.output_tokens

    async def _ask_in_turn(self, messages: Sequence[ModelMessage]) -> tuple[ModelResponse | Refusal, Usage]:
        tokens, refusals = likely_tokens(self.asking, messages), 0
        while True:
            exchange, self.under_way = self.new_exchange(), None
            try:
                async with self._turns.take(tokens) as call:
                    self.under_way = exchange
                    answer = await self.asking.ask(messages, exchange)
                    self.under_way = exchange if _may_be_billed(answer, exchange) else None
                    usage = self._usage_of(answer, exchange, refusals)
                    end_call(call, answer, usage, exchange)
            except PausedTooLong as paused:
                return self._refuse(paused.wait_s), self._in_vain(refusals)
            refusals += max(1, exchange.requests)
            if not self._is_worth_the_wait(answer) or refusals >= MOST_REFUSALS:
                return answer, usage

    def _is_worth_the_wait(self, answer: ModelResponse | Refusal) -> bool:
        if not isinstance(answer, Refusal) or answer.failure.kind is not FailureKind.RATE_LIMITED:
            return False
        return (answer.failure.retry_after_s or 0.0) <= self._patience_s

    @property
    def _patience_s(self) -> float:
        return LONG_WAIT_S if self.request.has_fallback else LONGEST_WAIT_S

    @property
    def _turns(self) -> Turns:
        asked = self.asking.opened.asked
        return Turns(
            request=self.request,
            limit=f"{asked.provider}:{asked.model}",
            ports=self.ports,
            limiter=self.limiter,
            patience_s=self._patience_s,
        )

    def _usage_of(self, answer: ModelResponse | Refusal, exchange: Exchange, refusals: int) -> Usage:
        """Return what an answer has taken, with the requests that were refused before it."""
        requests = max(1, exchange.requests) + refusals
        if not isinstance(answer, Refusal):
            return usage_of(answer, self.asking.opened.asked, requests=requests)
        if not answer.usage.input_tokens + answer.usage.output_tokens and self.under_way is None:
            return self._in_vain(exchange.requests + refusals)
        return replace(answer.usage, requests=answer.usage.requests + refusals)

    def _in_vain(self, requests: int) -> Usage:
        """Return what requests have taken that nobody bills, whatever the model's price is."""
        return Usage(requests=requests, cost_usd=0.0 if requests else None)

    def _refuse(self, wait_s: float) -> Refusal:
        refused = failure(
            FailureKind.RATE_LIMITED, self.asking.opened.asked, "it was not asked", wait_s=wait_s
        )
        return Refusal(failure=refused)


def _may_be_billed(answer: ModelResponse | Refusal, exchange: Exchange) -> bool:
    """Whether an answer was made, or may have been; none was where nobody was reached, or who refused."""
    if not isinstance(answer, Refusal) or answer.failure.kind is FailureKind.TIMEOUT:
        return True
    if answer.failure.kind in (FailureKind.RATE_LIMITED, FailureKind.QUOTA_EXHAUSTED):
        return False
    return exchange.status is not None and exchange.status < _ERRORS_FROM
