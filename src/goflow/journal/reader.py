"""Reading `events.jsonl`: whole batches, in order, from where the last reading stopped."""

from __future__ import annotations

import shlex
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from goflow.errors import JournalCorrupt
from goflow.events import WIRE_NAMES, RunClaimed, RunCreated
from goflow.journal.blobs import BlobReader
from goflow.journal.codec import Decoder
from goflow.journal.fence import End
from goflow.journal.refusals import reading
from goflow.journal.seal import is_sealed, matches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from goflow.events import Event, Fact
    from goflow.journal.shapes import ReadText

NAME: Final = "events.jsonl"
_CLAIM: Final = b'"type":"%s"' % WIRE_NAMES[RunClaimed].encode()
_LONGEST_REASON: Final = 500


def read_events(run_folder: Path) -> list[Event]:
    """Return what a run's journal holds now; raises as `JournalReader.read_new`."""
    return JournalReader(run_folder).read_new()


class JournalReader:
    """Follows one journal. Takes no lock: what the owner has not finished writing is not there yet."""

    def __init__(self, run_folder: Path, read_text: ReadText | None = None) -> None:
        """`read_text` makes a text of what stands where one belongs; if not given, long ones are read too."""
        self._path = run_folder / NAME
        self._decode = Decoder(read_text or _spared(BlobReader(run_folder).read)).decode
        self._lines_read = 0
        self.run_id = ""
        self.end = End()
        self.size = 0
        """How many bytes the batches take that were read so far."""

    def read_new(self) -> list[Event]:
        """Return the events of the batches that have come since; none where there is no file.

        Raises `JournalCorrupt` that names the line, and `RunFolderError` where the file may not be read.
        """
        found: list[Event] = []
        with reading(self._path), suppress(FileNotFoundError):
            for lines in self._batches():
                found += self._read_batch(lines)
        return found

    def pass_over(self, after: int) -> None:
        """Go to the event that follows `after`, past batches that another reader has read.

        Of these only the checksums are looked at, and the claims: that takes a sixth of reading them. Raises
        as `read_new`.
        """
        with reading(self._path), suppress(FileNotFoundError):
            for lines in self._batches():
                if self._lines_read + len(lines) > after:
                    return
                self._end_batch(lines, self._claims_among(lines))

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
        self._end_batch(lines, events)
        return events

    def _claims_among(self, lines: Sequence[bytes]) -> list[Event]:
        """Return the claims, and the event that tells whose journal this is."""
        return [
            self._decode_line(line, place)
            for place, line in enumerate(lines, start=1)
            if _CLAIM in line or not self.run_id
        ]

    def _end_batch(self, lines: Sequence[bytes], events: Sequence[Event]) -> None:
        last = self._lines_read + len(lines)
        if not matches(lines):
            first = self._lines_read + 1
            raise self._corrupt(last, _changed(first, last))
        self._lines_read = last
        self.size += sum(map(len, lines))
        self.end = End(seq=last, epoch=self.end.after(events).epoch)

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
        if run_id != self.run_id or isinstance(event.fact, RunCreated):
            self._require_run(number, run_id, event.fact)
        return event

    def _require_run(self, number: int, run_id: str, fact: Fact) -> None:
        """Refuse a line of another run."""
        for named in (run_id, fact.run_id) if isinstance(fact, RunCreated) else (run_id,):
            self.run_id = self.run_id or named
            if named != self.run_id:
                raise self._corrupt(number, f"it belongs to run `{named}`, not `{self.run_id}`")

    def _corrupt(self, number: int, reason: str) -> JournalCorrupt:
        told = reason if len(reason) <= _LONGEST_REASON else f"{reason[:_LONGEST_REASON]}..."
        message = f"line {number} of `{self._path}` cannot be read: {told}"
        return JournalCorrupt(message, help=self._way_on())

    def _way_on(self) -> str:
        verify = f"goflow verify {shlex.quote(str(self._path.parent))}"
        match self.end.seq:
            case 0:
                return f"no event before it is whole; `{verify}` tells all that is wrong"
            case 1:
                return f"the event before it is whole: `{verify} --salvage DIR` keeps it"
            case count:
                return f"the {count} events before it are whole: `{verify} --salvage DIR` keeps them"


def _spared(read_text: ReadText) -> ReadText:
    """Return a reader of texts that takes one which stands in its line as it is: nearly all do."""
    return lambda value: value if type(value) is str else read_text(value)


def _changed(first: int, last: int) -> str:
    if first == last:
        return "it was changed, for its checksum does not match"
    return f"one of lines {first} to {last} was changed, for their checksum does not match"
