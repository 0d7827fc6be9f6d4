"""Where requests wait until the budget allows them, and where a budget that is spent stops the run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from goflow.backends.base import Need, OverBudget, Settle
from goflow.events import CallAdmitted, CallThrottled, Fact, StopReason, StopRequested, Usage
from goflow.runner.purse import Purse, Reserved, Shortage

if TYPE_CHECKING:
    from goflow.scheduler import RunState


class Till:
    """Lets requests through one by one; those that others leave no room for wait."""

    def __init__(
        self, purse: Purse | None, state: RunState, submit: Callable[[Fact], None], now_ms: Callable[[], int]
    ) -> None:
        self._purse = purse
        self._state = state
        self._submit = submit
        self._now_ms = now_ms
        self._changed = asyncio.Event()

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
        began_ms: int | None = None
        while True:
            taken = self._try(step, need)
            if isinstance(taken, Reserved):
                if began_ms is not None:
                    waited_ms = self._now_ms() - began_ms
                    self._submit(CallAdmitted(step=step, attempt=attempt, waited_ms=waited_ms))
                return taken
            if taken is Shortage.STEP and self._purse is not None:
                raise OverBudget(self._purse.steps[step].describe())
            if began_ms is None:
                began_ms = self._now_ms()
                self._submit(
                    CallThrottled(step=step, attempt=attempt, limit="budget", reason=self._describe())
                )
            if taken is Shortage.RUN and not self._is_closed():
                self._submit(StopRequested(reason=StopReason.BUDGET, grace_s=None))
            await self._change()

    def _try(self, step: str, need: Need) -> Reserved | Shortage:
        """Reserve, unless the run stops for its budget: what waits is then stopped with it."""
        if self._is_closed() or self._purse is None:
            return Shortage.RUN
        return self._purse.take(step, need)

    def _describe(self) -> str:
        described = "" if self._purse is None else self._purse.run.describe()
        return described or "the time it allows is over"

    async def _change(self) -> None:
        changed = self._changed
        await changed.wait()

    def _settle(self, reserved: Reserved, usage: Usage) -> None:
        if self._purse is not None and not reserved.is_settled:
            self._purse.settle(reserved, usage)

    def _give_back(self, reserved: Reserved) -> None:
        """Let go of what was held, and let those who wait try again."""
        if self._purse is not None:
            self._purse.give_back(reserved)
        self._changed.set()
        self._changed = asyncio.Event()


def _nothing_to_settle(_usage: Usage) -> None:
    """Count nothing: nothing is bounded."""
