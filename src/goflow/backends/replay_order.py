"""The order of the shared memory in a replay: each entry comes when it came in the recording."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from goflow.projections.recording import Key, Recording

PATIENCE_S: Final = 10.0
"""How long nothing may happen while attempts wait for what others do not do."""


class OutOfOrder(Exception):
    """What an attempt waits for does not come in this replay."""


class MemoryOrder:
    """Lets attempts write, and end, when their turn comes; `has_prompts`: prompts show the memory."""

    def __init__(self, recording: Recording, *, has_prompts: bool, patience_s: float = PATIENCE_S) -> None:
        self._entries = recording.entries
        self._starts = recording.starts if has_prompts else ()
        self._has_prompts = has_prompts
        self._patience_s = patience_s
        self._begun: set[Key] = set()
        self._lost: set[Key] = set()
        self._started = self._written = 0
        self._awaited_until = 0.0
        self._news = asyncio.Condition()

    async def begin(self, key: Key) -> None:
        """Take note of an attempt that has started."""
        self._begun.add(key)
        while self._started < len(self._starts) and self._starts[self._started] in self._begun:
            self._started += 1
        await self._tell()

    async def lose(self, key: Key) -> None:
        """Take note that an attempt does not do what is recorded of it."""
        self._lost.add(key)
        await self._tell()

    async def wait_to_write(self, key: Key) -> None:
        """Return when the next entry is the attempt's own, and all have started that had then."""
        await self._wait(lambda: self._is_next(key))

    async def note_written(self) -> None:
        """Take note of an entry."""
        self._written += 1
        await self._tell()

    async def wait_to_end(self, entries: int) -> None:
        """Return when there are as many entries as those found that started after the end."""
        if self._has_prompts:
            await self._wait(lambda: self._written >= entries)

    def expect(self, wait_s: float) -> None:
        """Take note that a step is tried again, after so many seconds at most."""
        self._awaited_until = max(self._awaited_until, _now() + wait_s)

    def _is_next(self, key: Key) -> bool:
        entry = self._entries[self._written]
        starts = min(entry.starts_first, len(self._starts))
        return entry.owner == key and self._started >= starts

    async def _wait(self, is_due: Callable[[], bool]) -> None:
        async with self._news:
            while not is_due():
                self._require_hope()
                if not await self._hear():
                    raise OutOfOrder(self._missing())

    def _require_hope(self) -> None:
        if self._written < len(self._entries) and self._entries[self._written].owner in self._lost:
            raise OutOfOrder(self._missing())

    async def _hear(self) -> bool:
        """Wait for news; return whether there may be some yet."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(max(_now(), self._awaited_until) + self._patience_s):
                await self._news.wait()
                return True
        return False

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    def _missing(self) -> str:
        number = self._written + 1
        if self._written >= len(self._entries):
            return "an attempt that is recorded before it has not started in this replay"
        owner = self._entries[self._written].owner[0]
        return f"entry {number} of the memory, which step `{owner}` wrote in the recording, is missing"


def _now() -> float:
    return asyncio.get_running_loop().time()
