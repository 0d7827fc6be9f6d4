"""Where requests wait until the budget allows them, and where a budget that is spent stops the run."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from goflow.backends.base import Need, OverBudget, Settle
from goflow.events import CallAdmitted, CallThrottled, Fact, StopReason, Usage
from goflow.projections.shortfall import stop_for, tell_shortfalls
from goflow.runner.purse import Purse, Reserved, Shortage

if TYPE_CHECKING:
    from goflow.scheduler import RunState

_OUT_OF_TIME: Final = "the time it allows is over"


class Till:
    """Lets requests through one by one; those that others leave no room for wait."""

    def __init__(
        self, purse: Purse | None, state: RunState, submit: Callable[[Fact], None], now_ms: Callable[[], int]
    ) -> None:
        self._purse = purse
        self._state = state
        self._submit = submit
        self._now_ms = now_ms
        self._begun: deque[asyncio.Event] = deque()
        self._waiting: deque[asyncio.Event] = deque()
        self._is_closing = False

    @asynccontextmanager
    async def reserve(self, step: str, attempt: int, need: Need) -> AsyncIterator[Settle]:
        """Hold what a request may take as long as it is under way; raise `OverBudget` for the step's own."""
        if self._purse is None and not self._is_closed():
            yield _nothing_to_settle
            return
        reserved = await self._take(step, attempt, need)
        try:
            yield lambda usage: self._settle(reserved, usage)
        finally:
            self._give_back(reserved)

    def _is_closed(self) -> bool:
        stopping = self._state.stopping
        return stopping is not None and stopping.reason is StopReason.BUDGET

    async def _take(self, step: str, attempt: int, need: Need) -> Reserved:
        taken = self._try(step, need, is_next=not self._has_to_queue(step))
        if isinstance(taken, Reserved):
            return taken
        self._refuse_over_budget(step, need, taken)
        began_ms = self._now_ms()
        reason = self._describe(need)
        self._submit(CallThrottled(step=step, attempt=attempt, limit="budget", reason=reason))
        reserved = await self._wait(step, need, taken)
        self._submit(CallAdmitted(step=step, attempt=attempt, waited_ms=self._now_ms() - began_ms))
        return reserved

    async def _wait(self, step: str, need: Need, taken: Reserved | Shortage) -> Reserved:
        """Wait in the order they came; whoever leaves lets the next one try.

        Conversations that have begun go first: what was spent on them is for nothing if they never end.
        """
        turn, queue = asyncio.Event(), self._begun if self._has_begun(step) else self._waiting
        queue.append(turn)
        try:
            while not isinstance(taken, Reserved):
                self._refuse_over_budget(step, need, taken)
                if taken is Shortage.RUN:
                    self._close(need)
                await turn.wait()
                turn.clear()
                taken = self._try(step, need, is_next=True)
        finally:
            queue.remove(turn)
            self._wake_next()
        return taken

    def _close(self, need: Need) -> None:
        """Ask once that the run stops, for all that wait then and later."""
        if self._is_closing or self._is_closed() or self._purse is None:
            return
        self._is_closing = True
        self._submit(stop_for(self._purse.run.shortfalls(need)))

    def _refuse_over_budget(self, step: str, need: Need, taken: Shortage) -> None:
        if taken is Shortage.STEP and self._purse is not None:
            raise OverBudget(tell_shortfalls(self._purse.steps[step].shortfalls(need)))

    def _try(self, step: str, need: Need, *, is_next: bool) -> Reserved | Shortage:
        """Reserve, unless the run stops for its budget: what waits is then stopped with it."""
        if self._is_closed() or self._purse is None:
            return Shortage.RUN
        if is_next:
            return self._purse.take(step, need)
        return self._purse.lack(step, need) or Shortage.HELD

    def _describe(self, need: Need) -> str:
        """Say what a request lacks, or else who has it."""
        if self._purse is None:
            return _OUT_OF_TIME
        pot = self._purse.run
        return "; ".join(short.told() for short in pot.shortfalls(need)) or pot.describe() or _OUT_OF_TIME

    def _settle(self, reserved: Reserved, usage: Usage) -> None:
        if self._purse is not None and not reserved.is_settled:
            self._purse.settle(reserved, usage)

    def _give_back(self, reserved: Reserved) -> None:
        """Let go of what was held, and let the next one try."""
        if self._purse is not None:
            self._purse.give_back(reserved)
        self._wake_next()

    def _wake_next(self) -> None:
        if queue := self._begun or self._waiting:
            queue[0].set()

    def _has_begun(self, step: str) -> bool:
        return bool(self._state.conversations.get(step))

    def _has_to_queue(self, step: str) -> bool:
        """Whether somebody waits who goes before this step."""
        return bool(self._begun) or (bool(self._waiting) and not self._has_begun(step))


def _nothing_to_settle(_usage: Usage) -> None:
    """Count nothing: nothing is bounded."""
