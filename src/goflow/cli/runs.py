"""`goflow runs`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from goflow.cli.flags import Flag, Kind, Section, pick
from goflow.cli.options import AUDIT_DIR
from goflow.cli.streams import is_terminal, say, write_data
from goflow.cli.verb import Verb
from goflow.cli.warning import warn
from goflow.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.journal.listing import Listed

_HEADER: Final = ("ID", "STARTED", "WORKFLOW", "STATUS", "DONE", "FAILED", "TIME", "TOKENS", "COST")
_NUMBERS: Final = frozenset(range(_HEADER.index("DONE"), len(_HEADER) - 1))
_WIDEST_NAME: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which runs are listed, and how."""

    workflow: str | None
    status: str | None
    since: str | None
    limit: str | None
    json: bool
    audit_dir: str | None


def runs(values: Mapping[str, Any]) -> int:
    """Print a line a run, newest first."""
    from goflow.cli.finding import runs_folder

    wanted = pick(Wanted, values)
    folder = runs_folder(wanted.audit_dir)
    listed = list(_wanted_runs(folder, wanted))
    if wanted.json:
        write_data("".join(map(_json_line, listed)))
        return 0
    if not listed:
        say(f"no runs in {folder}{_restriction(wanted)}\n")
    write_data(_table(listed, has_header=bool(listed) and is_terminal()))
    return 0


def _wanted_runs(folder: Path, wanted: Wanted) -> Iterator[Listed]:
    from goflow.cli.moments import since
    from goflow.cli.values import count, one_of
    from goflow.events import RunStatus
    from goflow.journal.listing import list_runs
    from goflow.journal.moments import now_ms

    status = None if wanted.status is None else one_of(RunStatus, "--status", wanted.status)
    limit = 0 if wanted.limit is None else count("--limit", wanted.limit)
    since_ms = None if wanted.since is None else since("--since", wanted.since, now_ms=now_ms())
    found = (
        listed
        for listed in list_runs(folder, warn=warn, since_ms=since_ms)
        if wanted.workflow in (None, listed.entry.workflow) and status in (None, listed.entry.status)
    )
    return islice(found, limit or None)


def _restriction(wanted: Wanted) -> str:
    given = (wanted.workflow, wanted.status, wanted.since)
    return " that fit" if any(value is not None for value in given) else ""


def _table(listed: Sequence[Listed], *, has_header: bool) -> str:
    from goflow.cli.columns import aligned

    header = [_HEADER] if has_header else []
    return aligned([*header, *map(_row, listed)], right=_NUMBERS)


def _row(listed: Listed) -> Sequence[str]:
    from goflow.cli.columns import cut
    from goflow.cli.moments import local_time
    from goflow.projections.quantities import format_cost, format_time, format_tokens

    entry = listed.entry
    return (
        cut(entry.run_id or listed.folder.name, _WIDEST_NAME),
        local_time(entry.started_ms),
        cut(entry.workflow, _WIDEST_NAME),
        entry.status,
        str(entry.done),
        str(entry.failed),
        format_time(entry.active_ms),
        format_tokens(entry.spent.tokens) if entry.spent.tokens else "",
        format_cost(entry.spent),
    )


def _json_line(listed: Listed) -> str:
    from goflow.cli.documents import entry_document

    return json.dumps(entry_document(listed)) + "\n"


VERB: Final = Verb(
    "runs",
    runs,
    about="List the runs that are here, newest first.\n\n"
    "A line has the run's id, start, workflow, status, steps done and failed, time, tokens and cost. A run "
    "whose process is gone is interrupted; one that cannot be read is a warning.",
    sections=[
        Section(
            title="Which runs",
            flags=(
                Flag(names=("--workflow",), value="NAME", help="Runs of the workflow with this name."),
                Flag(
                    names=("--status",),
                    value="STATUS",
                    help="Runs that are running, completed, failed, interrupted or waiting.",
                ),
                Flag(
                    names=("--since",),
                    value="WHEN",
                    help="Runs that began within an age, as in `2d` or `12h`, or after a date.",
                ),
                Flag(names=("-n", "--limit"), value="N", help="At most the newest N; 0 means no bound."),
                AUDIT_DIR,
            ),
        ),
        Section(
            title="How they are shown",
            flags=(Flag(names=("--json",), kind=Kind.SWITCH, help="Print a JSON object a line."),),
        ),
    ],
)
