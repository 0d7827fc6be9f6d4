"""`goflow export`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from goflow.cli.flags import Flag, Kind, Section, pick
from goflow.cli.options import AUDIT_DIR, RUN
from goflow.cli.streams import say, write_data
from goflow.cli.verb import Verb
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.journal.bundle_file import Survey

PIECE: Final = 1024 * 1024
"""How many bytes are written at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which run is written, and where to."""

    run: str | None
    output: str | None
    force: bool
    audit_dir: str | None


def export(values: Mapping[str, Any]) -> int:
    """Write a whole run as one file."""
    from goflow.cli.looking import find_folder
    from goflow.cli.new_file import require_new, write_new
    from goflow.journal.bundle_file import bundle_of, survey

    wanted = pick(Wanted, values)
    output = None if wanted.output is None else Path(wanted.output)
    if output is not None:
        require_new(output, may_replace=wanted.force)
    folder = find_folder(wanted.run, wanted.audit_dir, "goflow export RUN")
    found = survey(folder)
    pieces = _gathered(bundle_of(found))
    if output is not None:
        write_new(output, pieces, may_replace=wanted.force)
    else:
        for piece in pieces:
            write_data(piece.decode("ascii"))
    say(_told(found))
    return 0


def _gathered(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Join lines to pieces, each worth a system call."""
    piece: list[bytes] = []
    size = 0
    for line in lines:
        piece.append(line)
        size += len(line)
        if size >= PIECE:
            yield b"".join(piece)
            piece, size = [], 0
    yield b"".join(piece)


def _told(found: Survey) -> str:
    from goflow.cli.checking import counted

    counts = counted(events=found.events, sources=len(found.sources), texts=len(found.blobs))
    line = f"exported run {found.created.run_id}, {found.status}: {counts}\n"
    return f"{line}{_caution(found)}"


def _caution(found: Survey) -> str:
    """Say that more may come, where it may."""
    from goflow.events import RunStatus
    from goflow.journal.lock import is_owned

    if found.status in (RunStatus.COMPLETED, RunStatus.FAILED):
        return ""
    if is_owned(found.folder):
        return "the run is going on: the export has what was durable when it was made\n"
    return "the run has not ended, and can be resumed: the export has what is durable now\n"


VERB: Final = Verb(
    "export",
    export,
    about="Write a whole run as one file: its sources, its events, and hashes for `goflow verify`.\n\n"
    "A line of JSON for each. Values of keys and of secret inputs are in none of them, but a `default` that "
    "the workflow file gives a secret input is.",
    arguments=[RUN],
    sections=[
        Section(
            title="Flags",
            flags=(
                Flag(names=("-o", "--output"), value="FILE", help="Write to a new file, not to stdout."),
                Flag(names=("--force",), kind=Kind.SWITCH, help="Replace the file if it is there already."),
                AUDIT_DIR,
            ),
        )
    ],
)
