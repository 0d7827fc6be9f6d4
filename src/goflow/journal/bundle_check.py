"""Checking an export line by line, and going on behind what is wrong. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from goflow.journal.bounded_lines import TOO_LONG
from goflow.journal.bundle_file import records_in, status_after
from goflow.journal.bundle_lines import FORMAT, KINDS, VERSION, end_line, read_line
from goflow.journal.bundle_materials import Materials
from goflow.journal.chain import START, link
from goflow.journal.damage import Damages
from goflow.journal.line_check import LineCheck

if TYPE_CHECKING:
    from collections.abc import Iterable

COUNTED: Final[Mapping[str, str]] = {"sources": "source", "blobs": "blob", "events": "event"}


class BundleCheck:
    """What is found in an export; `damages` says what is wrong, `journal` has the events that are whole."""

    def __init__(self) -> None:
        self.damages = Damages()
        self.materials = Materials(self.damages)
        self.journal = LineCheck(self.materials.read_text, self.damages)
        self.counts = dict.fromkeys(KINDS, 0)
        self.last_hash = START
        self.first_event = 0
        """The number of the line with the first event."""
        self.is_foreign = False
        """Whether it is no export that this goflow can read, so that nothing else can be said of it."""
        self._whole = sha256()
        self._stage = 0
        self._take: Mapping[str, Callable[[int, Mapping[str, Any]], None]] = {
            "header": self._take_header,
            "source": self.materials.take_source,
            "blob": self.materials.take_text,
            "event": self._take_event,
        }

    def read(self, lines: Iterable[bytes]) -> None:
        """Check all lines, which have their ends."""
        number, line = 0, b"\n"
        for number, line in enumerate(lines, start=1):
            if self.counts["end"]:
                self._tell(number, "nothing may follow the line that ends an export")
                return
            self._read_line(number, line)
            if self.is_foreign:
                return
        if number == 0:
            self._refuse("the file is empty")
        elif not self.counts["end"]:
            if line.endswith(b"\n"):
                self._tell(number + 1, "the line that ends an export is missing: the file was cut off")
            self.materials.compare_sources(records_in(self.journal.events))

    def _read_line(self, number: int, line: bytes) -> None:
        try:
            fields = _fields_of(line)
        except ValueError as error:
            if number == 1:
                self._refuse(f"this is no export of goflow: {error}")
            else:
                self._tell(number, str(error))
            return
        kind: str = fields["kind"]
        self._check_order(number, kind)
        self.counts[kind] += 1
        if kind == "end":
            self._take_end(number, line, fields)
        else:
            self._whole.update(line)
            self._take[kind](number, fields)

    def _check_order(self, number: int, kind: str) -> None:
        stage = KINDS.index(kind)
        if (number == 1) != (kind == "header") or stage < self._stage:
            self._tell(number, f"a line of kind `{kind}` stands where none belongs")
        self._stage = max(self._stage, stage)

    def _take_header(self, number: int, fields: Mapping[str, Any]) -> None:
        if fields["format"] != FORMAT:
            self._refuse(f"its format is `{fields['format'][:40]}`, not `{FORMAT}`")
        elif fields["v"] != VERSION:
            self._refuse(f"its version is {fields['v']}, and this goflow reads version {VERSION}")
        elif number == 1:
            self.journal.run_id = fields["run"]

    def _take_event(self, number: int, fields: Mapping[str, Any]) -> None:
        self.first_event = self.first_event or number
        line = fields["line"].encode("utf-8", "surrogatepass")
        if fields["prev"] != self.last_hash:
            told = "its `prev` is not the hash of the event before it: lines were removed, added or moved"
            self._tell(number, told)
        if link(fields["prev"], line) != fields["hash"]:
            self._tell(number, "it was changed: its `hash` is not that of its `prev` and its `line`")
        self.last_hash = fields["hash"]
        self.journal.take(line + b"\n", number)

    def _take_end(self, number: int, line: bytes, fields: Mapping[str, Any]) -> None:
        self.journal.tell_torn()
        records = records_in(self.journal.events)
        self.materials.compare_sources(records)
        for name, kind in COUNTED.items():
            if fields[name] != self.counts[kind]:
                self._tell(number, f"it counts {fields[name]} {name}, and the file has {self.counts[kind]}")
        if fields["hash"] != self.last_hash:
            self._tell(number, "its `hash` is not that of the last event")
        if self.damages.count == 0:
            self.materials.compare_lines(records)
            self._compare_end(number, line, fields)

    def _compare_end(self, number: int, line: bytes, fields: Mapping[str, Any]) -> None:
        """Find what nothing else tells of, such as a change of the header."""
        status = status_after(self.journal.events)
        counts = {name: self.counts[kind] for name, kind in COUNTED.items()}
        if fields["status"] != status:
            self._tell(number, f"its `status` is not `{status}`, as the events say")
        elif line != end_line(status, counts, self.last_hash, self._whole.hexdigest()):
            self._tell(number, "its `sha256` is not that of the lines before it: they were changed")

    def _refuse(self, what: str) -> None:
        self.is_foreign = True
        self._tell(1, what)

    def _tell(self, number: int, what: str) -> None:
        self.damages.add(f"line {number}", what)


def _fields_of(line: bytes) -> Mapping[str, Any]:
    if line is TOO_LONG:
        message = "it is longer than any line of an export"
        raise ValueError(message)
    if not line.endswith(b"\n"):
        message = "it has no end: the file was cut off"
        raise ValueError(message)
    return read_line(line)
