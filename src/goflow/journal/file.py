"""The journal in a run's folder: `events.jsonl`, one event a line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final, Self, TypeAlias

from goflow.events import RunFinished
from goflow.journal.fence import Batch
from goflow.journal.files import DISK, Files
from goflow.journal.reader import JournalReader
from goflow.journal.writer import JournalWriter

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from goflow.errors import GoflowError
    from goflow.events import Event

_Entry: TypeAlias = "tuple[Batch, asyncio.Future[None]]"

_SHORTEST_POLL_S: Final = 0.02
_LONGEST_POLL_S: Final = 0.5


class FileJournal:
    """Events in a file that outlives its writer.

    Any process may read; only the one that holds the run's lock (`goflow.journal.lock`) may append. Batches
    that are appended while a flush is under way share the next one. A thread writes, so the event loop
    never waits for the disk. Cancelling `append` does not take back what it has begun: the batch is kept
    or refused all the same, so an owner that goes on must read the journal again. To be closed by whoever
    appended, with `async with` or `close`.
    """

    def __init__(self, run_folder: Path, files: Files = DISK) -> None:
        self._folder = run_folder
        self._writer = JournalWriter(run_folder, files)
        self._thread: ThreadPoolExecutor | None = None
        self._waiting: list[_Entry] = []
        self._flush: asyncio.Future[list[GoflowError | None]] | None = None

    async def append(self, batch: Sequence[Event], *, expected_seq: int, epoch: int) -> None:
        """Keep a batch; return when it is on the disk."""
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((Batch(events=batch, expected_seq=expected_seq, epoch=epoch), kept))
        if self._flush is None:
            self._start_flush()
        await kept

    def _start_flush(self) -> None:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="goflow-journal")
        group, self._waiting = self._waiting, []
        batches = [batch for batch, _ in group]
        self._flush = asyncio.get_running_loop().run_in_executor(self._thread, self._writer.write, batches)
        self._flush.add_done_callback(partial(self._settle, group))

    def _settle(self, group: Sequence[_Entry], flush: asyncio.Future[list[GoflowError | None]]) -> None:
        bug = flush.exception()
        refusals = flush.result() if bug is None else [bug] * len(group)
        for (_, kept), refusal in zip(group, refusals, strict=True):
            if kept.cancelled():
                continue
            if refusal is None:
                kept.set_result(None)
            else:
                kept.set_exception(refusal)
        self._flush = None
        if self._waiting:
            self._start_flush()

    def read(self, after: int = 0) -> Sequence[Event]:
        """Return the events that follow `after`, as they are on the disk now."""
        reader = JournalReader(self._folder)
        reader.pass_over(after)
        events = reader.read_new()
        self._writer.start_after(reader)
        return [event for event in events if event.seq > after] if after else events

    async def tail(self, after: int = 0) -> AsyncIterator[Event]:
        """Yield the events that follow `after` until one that ends the run is the journal's last.

        Looks at the file, ever less often while nothing comes.
        """
        reader, pause_s, last = JournalReader(self._folder), _SHORTEST_POLL_S, None
        while True:
            events = await asyncio.to_thread(reader.read_new)
            for event in events:
                if event.seq > after:
                    yield event
            last = events[-1] if events else last
            if not events and last is not None and isinstance(last.fact, RunFinished):
                return
            if events:
                pause_s = _SHORTEST_POLL_S
                continue
            await asyncio.sleep(pause_s)
            pause_s = min(_LONGEST_POLL_S, 1.5 * pause_s)

    async def close(self) -> None:
        """Wait for what is being written, and close the file."""
        while self._flush is not None:
            await asyncio.wait({self._flush})
        if self._thread is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._writer.close)
            self._thread.shutdown()
            self._thread = None

    async def __aenter__(self) -> Self:
        """Return the journal itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the journal."""
        await self.close()
