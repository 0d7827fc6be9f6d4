"""Journals read for lists, many of them and fast: texts that are kept beside a journal stay unread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.errors import JournalCorrupt
from goflow.journal.codec import Decoder
from goflow.journal.reader import NAME, read_events
from goflow.journal.seal import is_sealed, matches
from goflow.journal.shapes import read_text

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.events import Event


class Glance:
    """Reads one journal after another with one decoder, whose making takes longer than a short journal."""

    def __init__(self) -> None:
        self._decode = Decoder(_short_text).decode

    def read(self, run_folder: Path) -> list[Event]:
        """Return a journal's events, long texts empty; raises as `read_events`.

        At anything unusual the journal is read once more by the reader that can tell what is wrong with it.
        """
        try:
            events = self._read(run_folder)
        except (JournalCorrupt, ValueError, OSError):
            return read_events(run_folder)
        if [event.seq for event in events] != list(range(1, len(events) + 1)):
            return read_events(run_folder)
        return events

    def _read(self, run_folder: Path) -> list[Event]:
        events: list[Event] = []
        lines: list[bytes] = []
        with (run_folder / NAME).open("rb") as file:
            for line in file:
                lines.append(line)
                if is_sealed(line):
                    if not matches(lines):
                        raise JournalCorrupt("a checksum does not match")
                    events += [self._decode(line[:-1].decode("ascii"))[1] for line in lines]
                    lines = []
        return events


def _short_text(value: object) -> str:
    return "" if isinstance(value, dict) else read_text(value)
