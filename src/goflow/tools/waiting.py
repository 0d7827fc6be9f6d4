"""Work that is seen to its end, also by those who are cancelled meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

_Result = TypeVar("_Result")


async def wait_out(work: asyncio.Future[_Result], hurry: Callable[[], object]) -> None:
    """Return when `work` has ended, however it did.

    Whoever is cancelled meanwhile has it hurry, each time, and is cancelled once it has ended.
    """
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait({work})
        except asyncio.CancelledError as error:
            hurry()
            cancelled = error
    if cancelled is not None:
        if not work.cancelled():
            work.exception()  # taken note of: the cancellation is what counts
        raise cancelled
