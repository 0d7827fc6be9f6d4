"""Doubles for tests of workflows and of programs that run them; real implementations, and products.

`ScriptedBackend` answers as it is told, `MemoryJournal` keeps events in memory, and with `AutojumpClock`
waits take no time at all. `DroppingFiles` loses power at a moment of your choice: it raises `PowerLost`, and
what was not synced is gone.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

from goflow.backends.base import Outcome, Ports, Refusal, Request, Success
from goflow.events import Failure
from goflow.journal.double import DroppingFiles, PowerLost
from goflow.journal.memory import MemoryJournal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from goflow.runner.clock import Clock

__all__ = ["AutojumpClock", "DroppingFiles", "MemoryJournal", "PowerLost", "ScriptedBackend"]

_IDLE_TURNS: Final = 40
"""Turns of the event loop without news after which everybody is taken to be asleep."""


class AutojumpClock:
    """A clock that stands still while anything can happen, and then jumps to when somebody wants to wake.

    It sees what happens on the event loop, not in threads or other processes.
    """

    def __init__(self, start_ms: int = 1_800_000_000_000) -> None:
        self._now_ms = start_ms
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._slept = 0
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
            for wait in waits:
                wait.cancel()

    async def _sleep_until(self, due_ms: int) -> None:
        self._slept += 1
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._sleepers, (due_ms, self._slept, woken))
        if self._jumper is None or self._jumper.done():
            self._jumper = asyncio.create_task(self._jump())
        try:
            await woken
        finally:
            if all(sleeper.done() for _, _, sleeper in self._sleepers):
                self._sleepers.clear()
                self._stop_jumping()

    def _stop_jumping(self) -> None:
        """Let the jumper go; whoever goes to sleep before it has gone is not its any more."""
        if self._jumper is not None:
            self._jumper.cancel()
            self._jumper = None

    async def _jump(self) -> None:
        while self._sleepers:
            await self._until_idle()
            if self._sleepers:
                due_ms, _, woken = heappop(self._sleepers)
                if not woken.done():
                    self._now_ms = max(self._now_ms, due_ms)
                    woken.set_result(None)

    async def _until_idle(self) -> None:
        seen, turns = self._slept, 0
        while turns < _IDLE_TURNS:
            await asyncio.sleep(0)
            turns = turns + 1 if seen == self._slept else 0
            seen = self._slept


class ScriptedBackend:
    """Answers each step's attempts from a list; the last entry holds for all further attempts.

    An entry is the output, or a `Failure`. `delays` are seconds on `clock`. `requests` keeps what was asked.
    """

    def __init__(
        self,
        script: Mapping[str, Sequence[str | Failure]] | None = None,
        *,
        default: str = "ok",
        clock: Clock | None = None,
        delays: Mapping[str, float] | None = None,
    ) -> None:
        self._script = script or {}
        self._default = default
        self._clock = clock or AutojumpClock()
        self._delays = delays or {}
        self.requests: list[Request] = []

    async def run(self, request: Request, ports: Ports) -> Outcome:
        """Answer as the script says."""
        self.requests.append(request)
        delay_s = self._delays.get(request.step, 0.0)
        if delay_s:
            await self._clock.sleep(delay_s)
        entries = self._script.get(request.step, (self._default,))
        entry = entries[min(request.failed_attempts, len(entries) - 1)]
        if isinstance(entry, Failure):
            return Refusal(failure=entry)
        if request.streaming:
            ports.progress(entry)
        return Success(output=entry, model=request.model)

    def versions(self) -> Mapping[str, str]:
        """Return nothing."""
        return {}

    @asynccontextmanager
    async def open(self) -> AsyncIterator[ScriptedBackend]:
        """Return the backend as one that is opened once a run."""
        yield self
