"""Time, passed in: the system's, or a test's."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from goflow.backends.waiting import wait_on_loop


class Clock(Protocol):
    """What a run knows of time."""

    def now_ms(self) -> int:
        """Return the milliseconds since 1970 in UTC."""
        ...

    async def wait(self, event: asyncio.Event, until_ms: int | None) -> None:
        """Return when `event` is set or the time has come, whichever is first."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after a while."""
        ...


class SystemClock:
    """The system's time; never earlier than it was, also when somebody sets the clock back."""

    def __init__(self) -> None:
        self._origin_ms = round(time.time() * 1000)
        self._origin_s = time.monotonic()

    def now_ms(self) -> int:
        """Return the time at the start plus what has passed since."""
        return self._origin_ms + round((time.monotonic() - self._origin_s) * 1000)

    async def wait(self, event: asyncio.Event, until_ms: int | None) -> None:
        """Wait on the event loop."""
        await wait_on_loop(event, None if until_ms is None else until_ms - self.now_ms())

    async def sleep(self, seconds: float) -> None:
        """Sleep on the event loop."""
        await asyncio.sleep(seconds)


class OnwardClock:
    """A clock that goes on from where a run has got, if the clock below is behind that.

    It may have been set back since the last owner, or be that of another machine. Waits must not last that
    much longer, nor times stand still until it has caught up.
    """

    def __init__(self, clock: Clock, from_ms: int) -> None:
        self._clock = clock
        self._ahead_ms = max(0, from_ms - clock.now_ms())

    def now_ms(self) -> int:
        """Return the time of the clock below plus what it was behind."""
        return self._clock.now_ms() + self._ahead_ms

    async def wait(self, event: asyncio.Event, until_ms: int | None) -> None:
        """Wait on the clock below."""
        await self._clock.wait(event, None if until_ms is None else until_ms - self._ahead_ms)

    async def sleep(self, seconds: float) -> None:
        """Sleep on the clock below."""
        await self._clock.sleep(seconds)
