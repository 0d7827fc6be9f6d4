"""A clock for runs that nobody waits for: it stands still while anything can happen, then jumps."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_IDLE_TURNS: Final = 40
"""Turns of the event loop without a new sleeper after which everybody is taken to be asleep."""


class JumpingClock:
    """Jumps to when the next sleeper wants to wake, once nothing else goes on.

    It sees what happens on the event loop; `held` says that something goes on elsewhere.
    """

    def __init__(self, start_ms: int = 1_800_000_000_000) -> None:
        self._now_ms = start_ms
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._slept = 0
        self._work = 0
        self._released = asyncio.Event()
        self._jumper: asyncio.Task[None] | None = None

    def now_ms(self) -> int:
        """Return the milliseconds since 1970 that this clock shows."""
        return self._now_ms

    async def sleep(self, seconds: float) -> None:
        """Return when the clock has jumped past that time."""
        await self._sleep_until(self._now_ms + round(1000 * seconds))

    async def wait(self, event: asyncio.Event, until_ms: int | None) -> None:
        """Return when the event is set or the time has come."""
        if until_ms is None:
            await event.wait()
            return
        waits = [asyncio.ensure_future(event.wait()), asyncio.ensure_future(self._sleep_until(until_ms))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
            await asyncio.wait(waits)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the clock from jumping while work is done in a thread or another process."""
        self._work += 1
        try:
            yield
        finally:
            self._work -= 1
            self._released.set()

    async def _sleep_until(self, due_ms: int) -> None:
        self._slept += 1
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (due_ms, self._slept, woken)
        heappush(self._sleepers, entry)
        if self._jumper is None or self._jumper.done():
            self._jumper = asyncio.create_task(self._jump())
        try:
            await woken
        finally:
            if not self._forget_cancelled():
                self._stop_jumping()

    def _stop_jumping(self) -> None:
        """Let the jumper go; whoever goes to sleep before it has gone gets another one."""
        if self._jumper is not None:
            self._jumper.cancel()
            self._jumper = None

    async def _jump(self) -> None:
        """Wake one sleeper after the other; those that were cancelled need no waking."""
        while self._forget_cancelled():
            await self._until_idle()
            if self._forget_cancelled():
                due_ms, _, woken = heappop(self._sleepers)
                self._now_ms = max(self._now_ms, due_ms)
                woken.set_result(None)

    def _forget_cancelled(self) -> bool:
        """Leave out who gave up; return whether somebody sleeps."""
        while self._sleepers and self._sleepers[0][2].done():
            heappop(self._sleepers)
        return bool(self._sleepers)

    async def _until_idle(self) -> None:
        seen, turns = self._slept, 0
        while turns < _IDLE_TURNS and self._forget_cancelled():
            if self._work:
                self._released.clear()
                await self._released.wait()
            await asyncio.sleep(0)
            turns = turns + 1 if seen == self._slept else 0
            seen = self._slept
