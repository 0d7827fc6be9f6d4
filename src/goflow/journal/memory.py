"""A journal in memory: for tests of whatever runs workflows, and for runs that nobody wants to keep."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from goflow.events import RunFinished
from goflow.journal.fence import Batch, End, check_fence

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from goflow.events import Event


class MemoryJournal:
    """Keeps events in a list; fenced as every journal. All on one event loop may share it."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._end = End()
        self._watchers: set[asyncio.Event] = set()

    async def append(self, batch: Sequence[Event], *, expected_seq: int, epoch: int) -> None:
        """Keep a batch as long as the process lives."""
        self._end = check_fence(self._end, Batch(events=batch, expected_seq=expected_seq, epoch=epoch))
        self._events.extend(batch)
        for news in self._watchers:
            news.set()

    def read(self, after: int = 0) -> Sequence[Event]:
        """Return the events that follow `after`."""
        return self._events[after:]

    async def tail(self, after: int = 0) -> AsyncIterator[Event]:
        """Yield the events that follow `after` until one that ends the run is the journal's last."""
        news = asyncio.Event()
        self._watchers.add(news)
        try:
            while True:
                news.clear()
                events = self._events[after:]
                for event in events:
                    yield event
                after += len(events)
                if after == self._end.seq and after and isinstance(self._events[-1].fact, RunFinished):
                    return
                await news.wait()
        finally:
            self._watchers.discard(news)
