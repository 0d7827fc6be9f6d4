"""Time, passed in: what the runner's clocks offer."""

from __future__ import annotations

import asyncio
from typing import Protocol


class Clock(Protocol):
    """What a limiter knows of time: that of all processes which share a bucket."""

    def now_ms(self) -> int:
        """Return the milliseconds since 1970 in UTC."""
        ...

    async def wait(self, event: asyncio.Event, until_ms: int | None) -> None:
        """Return when `event` is set or the time has come, whichever is first."""
        ...
