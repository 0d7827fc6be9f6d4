"""Where a run is kept: a folder with its journal, its sources and its lock; or a journal alone."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from datetime import datetime
from typing import TYPE_CHECKING

from goflow.errors import Fenced, RunFolderError, UsageError
from goflow.journal.file import FileJournal
from goflow.journal.folder import make_run_folder, sweep_drafts
from goflow.journal.inbox import Inbox, Letter
from goflow.journal.lock import hold
from goflow.journal.reader import NAME as JOURNAL
from goflow.journal.retention import prune
from goflow.journal.sources import write_sources
from goflow.reporters.run_folder import RunFolder
from goflow.runner.mailbox import watch_inbox
from goflow.tools.waiting import wait_out
from goflow.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.api.prepare import Prepared
    from goflow.journal.base import Journal
    from goflow.reporters.base import Reporter
    from goflow.runner.loop import RunLoop


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a run is kept in."""

    journal: Journal
    folder: Path | None = None
    files: RunFolder | None = None
    inbox: Inbox | None = None
    earlier: Sequence[Letter] = ()
    """What lay in the inbox when the run was taken."""

    @property
    def reporters(self) -> tuple[Reporter, ...]:
        """Return what writes the run's files."""
        return () if self.files is None else (self.files,)

    def watch_inbox(self, loop: RunLoop, prepared: Prepared) -> AbstractAsyncContextManager[None]:
        """Take commands of other processes while the block runs."""
        if self.inbox is None:
            return nullcontext()
        return watch_inbox(self.inbox, self.earlier, loop, prepared.host.warn)


@asynccontextmanager
async def open_place(prepared: Prepared) -> AsyncIterator[Place]:
    """Make or find the run's place, and own it until the block ends."""
    if prepared.host.journal is not None:
        yield Place(journal=prepared.host.journal)
        return
    disk = prepared.host.files
    folder = prepared.folder or make_run_folder(
        prepared.audit_dir, prepared.plan.name, datetime.now().astimezone(), disk
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(_prune, prepared)
        await _own(stack, folder, prepared.run_id)
        if prepared.folder is None:
            stack.callback(_remove_unbegun, folder)
        inbox = Inbox(folder, prepared.run_id, prepared.host.warn)
        earlier = inbox.take()
        journal = await stack.enter_async_context(FileJournal(folder, disk))
        _require_same(prepared, journal)
        sweep_drafts(folder, disk)
        _keep_sources(prepared, folder)
        files = _files(prepared, folder)
        yield Place(journal=journal, folder=folder, files=files, inbox=inbox, earlier=earlier)


async def _own(stack: AsyncExitStack, folder: Path, run_id: str) -> None:
    """Hold the run's lock until the stack is closed; who looks at the run may make a thread wait for it."""
    owning = asyncio.ensure_future(asyncio.to_thread(stack.enter_context, hold(folder, run_id)))
    await wait_out(owning, lambda: None)  # the stack must not be closed before it has the lock
    owning.result()


def _require_same(prepared: Prepared, journal: FileJournal) -> None:
    """Refuse a run that somebody has gone on with since its journal was read, before any file is touched."""
    if prepared.history and journal.read(after=prepared.history[-1].seq):
        raise Fenced(
            f"another process has gone on with run {prepared.run_id} in the meantime",
            help=f"`goflow resume {prepared.run_id}` goes on from there",
        )


def _keep_sources(prepared: Prepared, folder: Path) -> None:
    """Keep what the run is made from; a new run that cannot do that has not begun."""
    try:
        write_sources(folder, prepared.sources, prepared.host.files)
    except RunFolderError as error:
        if prepared.folder is not None:
            raise
        told = "free some space, or choose another folder with `--audit-dir`"
        raise UsageError(error.message, help=told) from error


def _remove_unbegun(folder: Path) -> None:
    """Remove the folder of a new run of which no event was kept: there is nothing to go on with."""
    journal = folder / JOURNAL
    if not journal.exists() or journal.stat().st_size == 0:
        shutil.rmtree(folder, ignore_errors=True)


async def _prune(prepared: Prepared) -> None:
    """Remove old runs, this one not among them unless it is old itself."""
    keep = prepared.bundle.workflow.config.audit_retention
    pruned = await asyncio.to_thread(prune, prepared.audit_dir, keep)
    for problem in pruned.problems:
        prepared.host.warn(problem)


def _files(prepared: Prepared, folder: Path) -> RunFolder:
    files = RunFolder(
        str(folder),
        prepared.plan,
        source=prepared.bundle.sources[0].content,
        keeps_streams=prepared.plan.streaming or prepared.host.keeps_streams,
    )
    if prepared.history:
        files.rebuild(prepared.history)
    return files
