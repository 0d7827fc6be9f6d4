"""A whole run in one file: its sources, its long texts and its journal, line by line."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from goflow.errors import JournalCorrupt, RunFolderError
from goflow.events import Event, RunClaimed, RunCreated, RunFinished, RunReopened, RunStatus, SourceRecord
from goflow.journal import blobs, sources
from goflow.journal.bundle_lines import blob_line, end_line, event_line, header_line, source_line
from goflow.journal.chain import START, link
from goflow.journal.reader import NAME, JournalReader
from goflow.journal.refusals import explain
from goflow.journal.shapes import read_text
from goflow.journal.store import DigestStore
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


class BlobNames:
    """Gathers the digests of long texts, in the order in which events name them; reads no text itself."""

    def __init__(self) -> None:
        self.digests: dict[str, None] = {}

    def read(self, value: object) -> str:
        """Stand in for `BlobReader.read`."""
        digest = blobs.digest_in(value)
        if digest is None:
            return read_text(value)
        self.digests[digest] = None
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What an export of a run will hold; `size` are the bytes of its journal's whole batches."""

    folder: Path
    created: RunCreated
    status: RunStatus
    events: int
    size: int
    sources: tuple[SourceRecord, ...] = ()
    blobs: tuple[str, ...] = ()


def survey(run_folder: Path) -> Survey:
    """Read a run's journal; raises as `JournalReader.read_new`, and where there is no event yet."""
    names = BlobNames()
    reader = JournalReader(run_folder, names.read)
    events = reader.read_new()
    first = events[0].fact if events else None
    if not isinstance(first, RunCreated):
        raise JournalCorrupt(f"`{run_folder}` holds no event of a run", help="there is nothing to export")
    return Survey(
        folder=run_folder,
        created=first,
        status=status_after(events),
        events=len(events),
        size=reader.size,
        sources=records_in(events),
        blobs=tuple(names.digests),
    )


def status_after(events: Iterable[Event]) -> RunStatus:
    """Return where a run stands after these events."""
    status = RunStatus.RUNNING
    for event in events:
        if isinstance(event.fact, RunFinished):
            status = event.fact.status
        elif isinstance(event.fact, RunClaimed):
            status = RunStatus.RUNNING
    return status


def records_in(events: Iterable[Event]) -> tuple[SourceRecord, ...]:
    """Return every source that a run was ever made from, each once."""
    facts = (event.fact for event in events)
    named = (fact.sources for fact in facts if isinstance(fact, RunCreated | RunReopened))
    return tuple(dict.fromkeys(record for records in named for record in records))


def bundle_of(found: Survey) -> Iterator[bytes]:
    """Yield the lines of the export; raise `JournalCorrupt` for a source or a text that is not whole."""
    whole, last = sha256(), START
    for line in _materials(found):
        whole.update(line)
        yield line
    for plain in lines_of(found.folder, found.size):
        before, last = last, link(last, plain)
        line = event_line(plain, before, last)
        whole.update(line)
        yield line
    counts = {"sources": len(found.sources), "blobs": len(found.blobs), "events": found.events}
    yield end_line(found.status, counts, last, whole.hexdigest())


def _materials(found: Survey) -> Iterator[bytes]:
    yield header_line(found.created.run_id, found.created.goflow_version)
    store = DigestStore(found.folder / sources.FOLDER)
    for record in found.sources:
        yield source_line(record, store.get(record.digest))
    store = DigestStore(found.folder / blobs.FOLDER)
    for digest in found.blobs:
        yield blob_line(digest, store.get(digest))


def lines_of(run_folder: Path, size: int) -> Iterator[bytes]:
    """Yield the lines in the first `size` bytes of a journal, without their ends."""
    path = run_folder / NAME
    try:
        with path.open("rb") as file:
            for line in file:
                if size <= 0:
                    return
                size -= len(line)
                yield line[:-1]
    except OSError as error:
        raise RunFolderError(f"`{path}` cannot be read: {explain(error)[0]}") from error
