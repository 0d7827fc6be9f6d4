"""Work that would block the event loop, done in a thread that can be told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Event
from typing import TypeVar

_Result = TypeVar("_Result")


async def in_thread(work: Callable[[Event], _Result]) -> _Result:
    """Return what `work` returns; a cancelled call sets the event that `work` is given, and does not wait."""
    stop = Event()
    try:
        return await asyncio.to_thread(work, stop)
    except asyncio.CancelledError:
        stop.set()
        raise
