"""Where a run is kept: a folder with its journal, its sources and its lock; or a journal alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from goflow.journal.file import FileJournal
from goflow.journal.folder import make_run_folder
from goflow.journal.lock import hold
from goflow.journal.sources import write_sources
from goflow.reporters.run_folder import RunFolder

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.api.prepare import Prepared
    from goflow.events import Fact
    from goflow.journal.base import Journal
    from goflow.reporters.base import Reporter


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a run is kept in."""

    journal: Journal
    folder: Path | None = None
    files: RunFolder | None = None

    @property
    def reporters(self) -> tuple[Reporter, ...]:
        """Return what writes the run's files."""
        return () if self.files is None else (self.files,)

    @asynccontextmanager
    async def watch_inbox(self, submit: Callable[[Fact], None]) -> AsyncIterator[None]:
        """Take commands of other processes while the block runs."""
        yield


@asynccontextmanager
async def open_place(prepared: Prepared) -> AsyncIterator[Place]:
    """Make or find the run's place, and own it until the block ends."""
    if prepared.host.journal is not None:
        yield Place(journal=prepared.host.journal)
        return
    folder = prepared.folder or make_run_folder(
        prepared.audit_dir, prepared.plan.name, datetime.now().astimezone()
    )
    async with AsyncExitStack() as stack:
        stack.enter_context(hold(folder, prepared.run_id))
        write_sources(folder, prepared.sources)
        journal = await stack.enter_async_context(FileJournal(folder))
        files = _files(prepared, folder)
        yield Place(journal=journal, folder=folder, files=files)


def _files(prepared: Prepared, folder: Path) -> RunFolder:
    memory = prepared.bundle.workflow.config.shared_memory
    files = RunFolder(
        str(folder),
        prepared.plan,
        source=prepared.bundle.sources[0].content,
        memory=prepared.bundle.memory_text if memory is not None and memory.enabled else None,
        keeps_streams=prepared.plan.streaming,
    )
    if prepared.history:
        files.rebuild(prepared.history)
    return files
