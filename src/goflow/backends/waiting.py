"""How clocks wait, whichever time they tell."""

from __future__ import annotations

import asyncio
from contextlib import suppress


async def wait_on_loop(event: asyncio.Event, left_ms: int | None) -> None:
    """Return when `event` is set or no time is left, whichever is first; None is all the time it takes."""
    if left_ms is None:
        await event.wait()
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(max(0, left_ms) / 1000):
            await event.wait()
