"""The sources and the long texts of an export that is checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from goflow.errors import JournalCorrupt
from goflow.events import SourceRecord
from goflow.journal.blobs import digest_in
from goflow.journal.bundle_lines import content_of
from goflow.journal.shapes import read_text
from goflow.journal.store import digest_of
from goflow.workflow import SourceFile, SourceRole

if TYPE_CHECKING:
    from goflow.journal.damage import Damages


class Materials:
    """Takes their lines, and then compares them with what the events name."""

    def __init__(self, damages: Damages) -> None:
        self.sources: dict[SourceRecord, SourceFile] = {}
        """Those that are what they say they are."""
        self._damages = damages
        self._sources_at: dict[SourceRecord, int] = {}
        self._texts_at: dict[str, int] = {}
        self._named: set[str] = set()

    def take_source(self, number: int, fields: Mapping[str, Any]) -> None:
        """Check the line of a source."""
        record = SourceRecord(role=fields["role"], path=fields["path"], digest=fields["digest"])
        content = self._content(number, fields)
        if record in self._sources_at:
            self._damages.add(f"line {number}", "this source stands in the file twice")
        self._sources_at[record] = number
        with suppress(ValueError):  # what role it has, if any, the events say
            if content is not None:
                self.sources[record] = SourceFile(
                    role=SourceRole(record.role), path=record.path, digest=record.digest, content=content
                )

    def take_text(self, number: int, fields: Mapping[str, Any]) -> None:
        """Check the line of a long text."""
        self._content(number, fields)
        if fields["digest"] in self._texts_at:
            self._damages.add(f"line {number}", "this text stands in the file twice")
        self._texts_at[fields["digest"]] = number

    def read_text(self, value: object) -> str:
        """Stand in for `BlobReader.read`: a long text is looked for, and not needed."""
        digest = digest_in(value)
        if digest is None:
            return read_text(value)
        if digest not in self._texts_at:
            raise JournalCorrupt(f"it names a text that is missing: `{digest[:80]}`")
        self._named.add(digest)
        return ""

    def read_last(self, records: Iterable[SourceRecord]) -> tuple[SourceFile, ...]:
        """Return the sources that these records name, as far as they are whole."""
        return tuple(self.sources[record] for record in records if record in self.sources)

    def compare_sources(self, records: Iterable[SourceRecord]) -> None:
        """Tell of sources that events name and the file lacks."""
        for record in records:
            if record not in self._sources_at:
                told = f"`{record.path}` is missing, a source that the events name"
                self._damages.add("the sources", told)

    def compare_lines(self, records: Iterable[SourceRecord]) -> None:
        """Tell of lines that no event names; for a journal that is whole."""
        known = frozenset(records)
        unnamed = [number for record, number in self._sources_at.items() if record not in known]
        unnamed += [number for digest, number in self._texts_at.items() if digest not in self._named]
        for number in unnamed:
            self._damages.add(f"line {number}", "no event names what it holds")

    def _content(self, number: int, fields: Mapping[str, Any]) -> bytes | None:
        try:
            content = content_of(fields)
        except ValueError as error:
            self._damages.add(f"line {number}", str(error))
            return None
        if digest_of(content) == fields["digest"]:
            return content
        self._damages.add(f"line {number}", "its content was changed: its SHA-256 is not its `digest`")
        return None
