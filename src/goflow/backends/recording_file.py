"""Where a recording comes from: a file that `goflow export` or `--record` wrote, or a run's folder."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from goflow.errors import UsageError
from goflow.journal.blobs import digest_in
from goflow.journal.bounded_lines import bounded_lines
from goflow.journal.bundle_check import BundleCheck
from goflow.journal.bundle_file import bundle_of, survey
from goflow.journal.bundle_lines import content_of, read_line
from goflow.journal.codec import Decoder
from goflow.journal.shapes import read_text
from goflow.values import dataclass
from goflow.workflow import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from goflow.events import Event, SourceRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A run as a file keeps it; `sources` are all that it was ever made from."""

    events: tuple[Event, ...]
    sources: tuple[tuple[SourceRecord, SourceFile], ...]

    def sources_of(self, records: Iterable[SourceRecord]) -> tuple[SourceFile, ...]:
        """Return the files of these records."""
        by_record = dict(self.sources)
        return tuple(by_record[record] for record in records if record in by_record)


def pack_run(folder: Path) -> bytes:
    """Return a run's folder as one file; what its owner appends meanwhile is not in it."""
    return b"".join(bundle_of(survey(folder)))


def read_kept(content: bytes, name: str) -> Kept:
    """Read a run; raise `UsageError` where the file is none, or is not whole."""
    check = BundleCheck()
    check.read(bounded_lines(BytesIO(content)))
    if check.damages.count:
        first = check.damages.kept[0]
        raise UsageError(
            f"`{name}` is not a whole recording: {first.place}: {first.what}",
            help="`goflow run --record FILE` and `goflow export` write such files",
        )
    return Kept(events=_events(content), sources=tuple(check.materials.sources.items()))


def _events(content: bytes) -> tuple[Event, ...]:
    """Read the events of a file that has been checked, with the long texts in their places."""
    texts: dict[str, str] = {}

    def read(value: object) -> str:
        digest = digest_in(value)
        return read_text(value) if digest is None else texts[digest]

    decode, events = Decoder(read).decode, []
    for line in BytesIO(content):
        fields = read_line(line)
        match fields["kind"]:
            case "blob":
                texts[fields["digest"]] = content_of(fields).decode("utf-8", "surrogatepass")
            case "event":
                events.append(decode(fields["line"])[1])
            case _:
                """Sources are read by the check."""
    return tuple(events)
