"""Calls wait for a bucket here: one timer a bucket and process, no thread, no task.

Whoever of the waiting came first keeps the timer, for all of them; the others sleep until they are granted.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Final, TypeAlias

from goflow.governor.bucket import Bucket
from goflow.governor.call import Call
from goflow.governor.folder import open_shared
from goflow.governor.limits import NOTHING_GIVEN, BucketKey, LimitSpec
from goflow.governor.queue import Waiter
from goflow.governor.store import OwnState
from goflow.governor.tickets import Reason
from goflow.governor.turnstile import BUSY_S, End, Turnstile, alone

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.governor.clock import Clock
    from goflow.governor.store import Store
    from goflow.governor.tickets import Ticket

TOLD_AFTER_S: Final = 0.1
"""A call that waits longer, or will, says so."""
_ROUNDING_S: Final = 0.0005

Waiting: TypeAlias = Callable[[float, float | None, Reason], None]
"""Told once that a call waits: for how long so far, until when (seconds since 1970) if known, and why."""


class PausedTooLong(Exception):
    """The provider takes no calls for `wait_s` seconds, for which a call has no patience."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"no calls for {wait_s:.1f} s")
        self.wait_s = wait_s


class Limiter:
    """Lets calls go as a bucket allows; used on one event loop."""

    def __init__(self, turnstile: Turnstile) -> None:
        self._turnstile = turnstile
        self._keeper: Waiter | None = None

    @classmethod
    def open(
        cls,
        key: BucketKey,
        given: LimitSpec | None = None,
        folder: Path | None = None,
        *,
        clock: Clock,
        warn: Callable[[str], None] = lambda _: None,
    ) -> Limiter:
        """Open a bucket; without a folder, or with one that is of no use (`warn`), for this process alone."""
        store: Store = OwnState()
        if folder is not None:
            try:
                store = open_shared(folder, key)
            except OSError as error:
                warn(alone(error))
        return cls(Turnstile(Bucket(given or NOTHING_GIVEN), store, clock, warn))

    def admit(
        self,
        *,
        tokens: float = 0.0,
        rank: float = 0.0,
        waiting: Waiting | None = None,
        patience_s: float = math.inf,
    ) -> AbstractAsyncContextManager[Call]:
        """Enter when a call of about so many tokens may go, lowest rank first.

        One that is left without a word about its end was cancelled. Raises `PausedTooLong` when the provider
        takes no calls for more than `patience_s`.
        """
        return self._admit(Waiter(tokens, patience_s), rank, waiting)

    @asynccontextmanager
    async def _admit(self, waiter: Waiter, rank: float, waiting: Waiting | None) -> AsyncIterator[Call]:
        started = self._turnstile.now()
        ticket = await self._granted(waiter, rank, started, waiting)
        now = self._turnstile.now
        call = Call(ticket, self._finish, now, waited_s=now() - started)
        try:
            yield call
        finally:
            call.cancel()

    def next_free(self, tokens: float = 0.0) -> float:
        """Return in how many seconds a call could go at the earliest, those that wait here left aside."""
        self._turn()
        now = self._turnstile.now()
        return self._turnstile.bucket.next_free(now, tokens) - now

    def probe(self) -> None:
        """Have a long wait that is known from before looked at anew, by one call."""
        self._turnstile.ended.append(lambda bucket, now: bucket.probe(now))
        self._turn()

    def close(self) -> None:
        """Let the bucket go; calls still in flight stay counted until this process ends."""
        self._turnstile.close()

    async def _granted(self, waiter: Waiter, rank: float, started: float, waiting: Waiting | None) -> Ticket:
        """Wait until a waiter is granted; one that is cancelled leaves nothing behind."""
        self._turnstile.queue.join(waiter, rank)
        try:
            self._turn()
            while waiter.ticket is None and waiter.too_long_s is None:
                waiting = await self._stand(waiter, started, waiting)
        except BaseException:
            self._leave(waiter)
            raise
        finally:
            self._hand_over(waiter)
        if waiter.ticket is None:
            raise PausedTooLong(waiter.too_long_s or 0.0)
        return waiter.ticket

    async def _stand(self, waiter: Waiter, started: float, waiting: Waiting | None) -> Waiting | None:
        """Sleep until there is a reason to look again; return whom to tell of the wait later."""
        self._keeper = self._keeper or waiter
        waiting = self._tell(started, waiting)
        wait, dues = self._turnstile.wait, [started + TOLD_AFTER_S] if waiting else []
        if self._keeper is waiter and wait.next_look is not None:
            dues.append(wait.next_look)
        await self._turnstile.sleep(waiter.event, min(dues, default=None))
        waiter.event.clear()
        if self._keeper is waiter and not waiter.is_granted():
            self._turn()
        return waiting

    def _tell(self, started: float, waiting: Waiting | None) -> Waiting | None:
        """Tell of a wait that is a long one, or will be; return whom to tell later."""
        wait, now = self._turnstile.wait, self._turnstile.now()
        if waiting is None or max(now, wait.until or now) - started < TOLD_AFTER_S - _ROUNDING_S:
            return waiting
        waiting(now - started, wait.until, wait.reason)
        return None

    def _leave(self, waiter: Waiter) -> None:
        waiter.has_left = True
        if (ticket := waiter.ticket) is not None:
            self._finish(lambda bucket, now: bucket.cancel(ticket, now))

    def _hand_over(self, waiter: Waiter) -> None:
        """Have another keep the timer."""
        if self._keeper is waiter:
            self._keeper = None
            if (first := self._turnstile.queue.first()) is not None:
                first.event.set()

    def _finish(self, end: End) -> None:
        """Take in how a call ended: at once for those who wait, else in this turn of the event loop."""
        self._turnstile.ended.append(end)
        if self._turnstile.queue.first() is not None:
            self._turn()
        elif len(self._turnstile.ended) == 1:
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        if self._turnstile.ended:
            self._turn()

    def _turn(self) -> None:
        """Turn, and have the timer set anew where the wait has become a shorter one."""
        before = self._turnstile.wait.next_look
        self._turnstile.turn()
        if self._turnstile.ended:
            asyncio.get_running_loop().call_later(BUSY_S, self._flush)
        next_look = self._turnstile.wait.next_look
        if self._keeper is not None and next_look is not None and next_look < (before or math.inf):
            self._keeper.event.set()
