"""The files that a run was made from, kept in its folder, so that nothing is read from the author's again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from goflow.errors import JournalCorrupt
from goflow.journal.files import DISK, Files
from goflow.journal.refusals import storage
from goflow.journal.store import DigestStore
from goflow.workflow import SourceFile, SourceRole

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from goflow.events import SourceRecord

FOLDER: Final = "sources"


def write_sources(run_folder: Path, sources: Iterable[SourceFile], files: Files = DISK) -> None:
    """Keep the sources; they are durable on return, which must be before an event names them."""
    store = DigestStore(run_folder / FOLDER, files)
    with storage(run_folder, run_folder / FOLDER):
        for source in sources:
            if store.put(source.content) != source.digest:
                message = f"the digest of {source.path} is not that of its content"
                raise ValueError(message)
        store.sync()


def read_sources(run_folder: Path, records: Iterable[SourceRecord]) -> tuple[SourceFile, ...]:
    """Return the sources that were recorded; raise `JournalCorrupt` where one is missing or changed."""
    store = DigestStore(run_folder / FOLDER)
    return tuple(_read(store, record) for record in records)


def _read(store: DigestStore, record: SourceRecord) -> SourceFile:
    try:
        role = SourceRole(record.role)
    except ValueError as error:
        raise JournalCorrupt(f"this goflow knows no source that is a `{record.role}`") from error
    try:
        content = store.get(record.digest)
    except JournalCorrupt as error:
        way_on = f"it held `{record.path}` as it was: put a copy of that file in its place"
        raise JournalCorrupt(error.message, help=way_on) from error
    return SourceFile(role=role, path=record.path, digest=record.digest, content=content)
