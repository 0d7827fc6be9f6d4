"""The run folder: a fold over events, written by a thread of its own, so that no disk holds up the loop.

The thread takes all that has come, folds it, and writes each step it concerns once: one that started and
ended meanwhile costs three files and no second look. Then it rests, longer where the writing took long.
Without a rest each of its many short system calls would wait for the interpreter while the loop is busy, and
the loop for each of them.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from goflow.journal.moments import now_ms
from goflow.reporters.folder_writer import FolderWriter

if TYPE_CHECKING:
    from goflow.errors import RunFolderError
    from goflow.events import Event, Progress
    from goflow.planning.plan import Plan

SHORTEST_REST_S: Final = 0.05
LONGEST_REST_S: Final = 1.0
REST_PER_WORK: Final = 10
"""A rest is this many times as long as the writing before it, so that a slow disk takes a tenth of a core."""


class RunFolder:
    """Keeps the files of a run folder up to date with the run's events. Used by one event loop."""

    def __init__(
        self,
        path: str,
        plan: Plan,
        *,
        source: bytes,
        keeps_streams: bool = False,
        now_ms: Callable[[], int] = now_ms,
    ) -> None:
        """Take what no event holds.

        `source` are the bytes of the workflow file; `now_ms` gives the times of pieces of text, which have
        none.
        """
        self._writer = FolderWriter(path, plan, source=source, keeps_streams=keeps_streams)
        self._keeps_streams = keeps_streams
        self._now_ms = now_ms
        self._news: deque[Callable[[], object]] = deque()
        self._has_news = threading.Event()
        self._is_closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._defect: BaseException | None = None

    @property
    def error(self) -> RunFolderError | None:
        """Return why files are missing or old; None while all that was tried has been written."""
        return self._writer.error

    def rebuild(self, events: Sequence[Event]) -> None:
        """Take the events of earlier owners, and make their files again where they are missing or differ.

        That waits until the run goes on, and its first steps have begun: they would share the processor.
        """
        self._news.append(lambda: self._is_closing.wait(LONGEST_REST_S))
        self._news.append(lambda: self._writer.take_earlier(events))

    def on_events(self, batch: Sequence[Event]) -> None:
        """Hand events to the thread."""
        self._tell(lambda: self._writer.take(batch))

    def on_progress(self, progress: Progress) -> None:
        """Hand a piece of text to the thread, where streams are kept."""
        if self._keeps_streams:
            at_ms = self._now_ms()
            self._tell(lambda: self._writer.take_progress(progress, at_ms))

    async def close(self) -> None:
        """Write what is still to be written; nothing may follow. Raises only what is a defect of ours."""
        self._is_closing.set()
        if self._thread is None and not self._news:
            return
        self._has_news.set()
        await asyncio.to_thread(self._started().join)
        if self._defect is not None:
            raise self._defect

    def _tell(self, news: Callable[[], object]) -> None:
        self._news.append(news)
        self._has_news.set()
        self._started()

    def _started(self) -> threading.Thread:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="goflow run folder", daemon=True)
            self._thread.start()
        return self._thread

    def _work(self) -> None:
        try:
            while not self._is_closing.is_set():
                self._has_news.wait()
                self._has_news.clear()
                started_s = time.perf_counter()
                self._catch_up()
                self._rest(time.perf_counter() - started_s)
            self._catch_up()
            self._writer.close()
        except Exception as error:  # noqa: BLE001 - raised again by `close`: a thread has nobody to raise to
            self._defect = error

    def _catch_up(self) -> None:
        while self._news:
            self._news.popleft()()
        self._writer.write()

    def _rest(self, worked_s: float) -> None:
        self._is_closing.wait(min(LONGEST_REST_S, max(SHORTEST_REST_S, REST_PER_WORK * worked_s)))
