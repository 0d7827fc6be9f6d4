"""Where a run is kept: a folder with its journal, its sources and its lock; or a journal alone."""

from __future__ import annotations

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
from goflow.journal.retention import prune
from goflow.journal.sources import write_sources
from goflow.reporters.run_folder import RunFolder
from goflow.runner.mailbox import watch_inbox
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
        stack.callback(_prune, prepared)
        stack.enter_context(hold(folder, prepared.run_id))
        inbox = Inbox(folder, prepared.run_id, prepared.host.warn)
        earlier = inbox.take()
        journal = await stack.enter_async_context(FileJournal(folder, disk))
        _require_same(prepared, journal)
        sweep_drafts(folder, disk)
        _keep_sources(prepared, folder)
        files = _files(prepared, folder)
        yield Place(journal=journal, folder=folder, files=files, inbox=inbox, earlier=earlier)


def _require_same(prepared: Prepared, journal: FileJournal) -> None:
    """Refuse a run that somebody has gone on with since its journal was read, before any file is touched."""
    if prepared.history and journal.read(after=prepared.history[-1].seq):
        raise Fenced(
            f"another process has gone on with run {prepared.run_id} in the meantime",
            help=f"`goflow resume {prepared.run_id}` goes on from there",
        )


def _keep_sources(prepared: Prepared, folder: Path) -> None:
    """Keep what the run is made from; a new run that cannot do that has not begun, and leaves no folder."""
    try:
        write_sources(folder, prepared.sources, prepared.host.files)
    except RunFolderError as error:
        if prepared.folder is not None:
            raise
        shutil.rmtree(folder, ignore_errors=True)
        told = "free some space, or choose another folder with `--audit-dir`"
        raise UsageError(error.message, help=told) from error


def _prune(prepared: Prepared) -> None:
    """Remove old runs, this one not among them unless it is old itself."""
    keep = prepared.bundle.workflow.config.audit_retention
    for problem in prune(prepared.audit_dir, keep).problems:
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
