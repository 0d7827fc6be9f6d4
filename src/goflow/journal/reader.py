"""Reading `events.jsonl`: whole batches, in order, from where the last reading stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from goflow.errors import JournalCorrupt, RunFolderError
from goflow.journal.blobs import BlobReader
from goflow.journal.codec import Decoder
from goflow.journal.fence import End
from goflow.journal.refusals import explain
from goflow.journal.seal import is_sealed, matches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from goflow.events import Event

NAME: Final = "events.jsonl"


def read_events(run_folder: Path) -> list[Event]:
    """Return what a run's journal holds now; raises as `JournalReader.read_new`."""
    return JournalReader(run_folder).read_new()


class JournalReader:
    """Follows one journal. Takes no lock: what the owner has not finished writing is not there yet."""

    def __init__(self, run_folder: Path) -> None:
        self._path = run_folder / NAME
        self._decode = Decoder(BlobReader(run_folder).read).decode
        self._lines_read = 0
        self.run_id = ""
        self.end = End()
        self.size = 0
        """How many bytes the batches take that were read so far."""

    def read_new(self) -> list[Event]:
        """Return the events of the batches that have come since; none where there is no file.

        Raises `JournalCorrupt` that names the line, and `RunFolderError` where the file may not be read.
        """
        try:
            return [event for lines in self._batches() for event in self._read_batch(lines)]
        except FileNotFoundError:
            return []
        except OSError as error:
            reason, remedy = explain(error)
            raise RunFolderError(f"`{self._path}` cannot be read: {reason}", help=remedy) from error

    def _batches(self) -> Iterator[list[bytes]]:
        lines: list[bytes] = []
        with self._path.open("rb") as file:
            file.seek(self.size)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                lines.append(line)
                if is_sealed(line):
                    yield lines
                    lines = []
        # A batch that was torn is the beginning of one: what is there of it can be read.
        self._decode_lines(lines)

    def _read_batch(self, lines: Sequence[bytes]) -> list[Event]:
        events = self._decode_lines(lines)
        last = self._lines_read + len(lines)
        if not matches(lines):
            raise self._corrupt(
                last, f"the checksum of lines {self._lines_read + 1} to {last} does not match"
            )
        self._lines_read = last
        self.size += sum(map(len, lines))
        self.end = self.end.after(events)
        return events

    def _decode_lines(self, lines: Sequence[bytes]) -> list[Event]:
        return [self._decode_line(line, place) for place, line in enumerate(lines, start=1)]

    def _decode_line(self, line: bytes, place: int) -> Event:
        number = self._lines_read + place
        try:
            run_id, event = self._decode(line[:-1].decode("ascii"))
        except UnicodeDecodeError as error:
            raise self._corrupt(number, "it holds bytes that no line has") from error
        except JournalCorrupt as error:
            raise self._corrupt(number, error.message) from error
        if event.seq != self.end.seq + place:
            raise self._corrupt(number, f"its seq is {event.seq}, not {self.end.seq + place}")
        self.run_id = self.run_id or run_id
        if run_id != self.run_id:
            raise self._corrupt(number, f"it belongs to run `{run_id[:80]}`, not `{self.run_id}`")
        return event

    def _corrupt(self, number: int, reason: str) -> JournalCorrupt:
        whole = (
            f"the {self.end.seq} events before it are whole"
            if self.end.seq
            else "no event before it is whole"
        )
        return JournalCorrupt(f"line {number} of `{self._path}` cannot be read: {reason}", help=whole)
