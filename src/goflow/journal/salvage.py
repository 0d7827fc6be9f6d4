"""A run folder of what is whole in another one, for `goflow resume` to go on from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.errors import JournalCorrupt, UsageError, reason
from goflow.journal import blobs, sources
from goflow.journal.bundle_file import BlobNames, records_in
from goflow.journal.codec import Decoder
from goflow.journal.files import DISK, ensure_folder, write_durably
from goflow.journal.reader import NAME
from goflow.journal.refusals import storage
from goflow.journal.store import DigestStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from goflow.journal.line_check import LineCheck


def salvage(run_folder: Path, journal: LineCheck, target: Path) -> Sequence[str]:
    """Make a run folder with the whole batches of a journal, and all that they name.

    Files that are made from events are left to `goflow resume`. Returns what is missing all the same, and
    raises `UsageError` where the folder cannot be made, or is there already.
    """
    if not journal.events:
        raise UsageError("nothing can be saved: no event of the run is whole")
    _make(target)
    with (run_folder / NAME).open("rb") as file:
        content = file.read(journal.size)
    names = BlobNames()
    decode = Decoder(names.read).decode
    for line in content.splitlines():
        decode(line.decode("ascii"))
    missing = _copy(run_folder / blobs.FOLDER, target / blobs.FOLDER, names.digests)
    digests = (record.digest for record in records_in(journal.events))
    missing += _copy(run_folder / sources.FOLDER, target / sources.FOLDER, dict.fromkeys(digests))
    with storage(target, target / NAME):
        write_durably(DISK, target / NAME, content)
        DISK.sync_folder(target)
    return missing


def _make(target: Path) -> None:
    try:
        DISK.make_folder(target)
    except FileExistsError as error:
        raise UsageError(f"`{target}` is there already", help="name a folder that is not") from error
    except OSError as error:
        raise UsageError(f"`{target}` cannot be made: {reason(error)}") from error


def _copy(old: Path, new: Path, digests: Iterable[str]) -> list[str]:
    """Copy files by their digests; return why some could not be."""
    source, target = DigestStore(old), DigestStore(new, DISK)
    missing = []
    with storage(new.parent, new):
        ensure_folder(DISK, new)
        for digest in digests:
            try:
                target.put(source.get(digest))
            except JournalCorrupt as error:
                missing.append(error.message)
        target.sync()
    return missing
