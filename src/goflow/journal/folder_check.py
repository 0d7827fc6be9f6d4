"""Checking the journal of a run folder and what it names. Writes nothing, and takes no lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.errors import JournalCorrupt
from goflow.journal import sources
from goflow.journal.blobs import BlobReader
from goflow.journal.bounded_lines import TOO_LONG, bounded_lines
from goflow.journal.bundle_file import records_in
from goflow.journal.damage import Damages
from goflow.journal.line_check import LineCheck
from goflow.journal.reader import NAME
from goflow.journal.refusals import reading
from goflow.journal.store import DigestStore

if TYPE_CHECKING:
    from pathlib import Path


class FolderCheck:
    """What is found in a run folder; `damages` says what is wrong, `journal` has what is whole."""

    def __init__(self, folder: Path) -> None:
        self.damages = Damages()
        self.journal = LineCheck(BlobReader(folder).read, self.damages, name=f"line {{}} of `{NAME}`".format)
        self._folder = folder
        self._ends_cleanly = True

    def read(self, *, is_written: bool) -> None:
        """Check the journal and what it names; while it is written, its last batch may not be whole."""
        with reading(self._folder / NAME):
            self._read_lines()
        if not is_written:
            self._tell_torn()
        self._check_sources()

    def _read_lines(self) -> None:
        with (self._folder / NAME).open("rb") as file:
            for number, line in enumerate(bounded_lines(file), start=1):
                if line is TOO_LONG or line.endswith(b"\n"):
                    self.journal.take(line, number)
                else:
                    self._ends_cleanly = False

    def _tell_torn(self) -> None:
        """Tell of what stands behind the last whole batch, which a new owner cuts off."""
        self.journal.tell_torn()
        if not self._ends_cleanly:
            self.damages.add(f"the end of `{NAME}`", "the last line has no end: it was cut off")
        if not self.journal.events and not self.damages.count:
            self.damages.add(f"`{NAME}`", "it holds no event of a run")

    def _check_sources(self) -> None:
        store = DigestStore(self._folder / sources.FOLDER)
        for record in records_in(self.journal.events):
            try:
                store.get(record.digest)
            except JournalCorrupt as error:
                self.damages.add(f"the source `{record.path}`", error.message)
