"""`goflow prune`."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from goflow.cli.flags import Flag, Kind, Section, pick
from goflow.cli.options import AUDIT_DIR
from goflow.cli.prune_criteria import Wanted, criteria_of
from goflow.cli.streams import is_terminal, say, write_data
from goflow.cli.verb import Verb
from goflow.errors import UsageError
from goflow.problems import count_of

if TYPE_CHECKING:
    from goflow.journal.old_runs import Criteria

_UNITS: Final = ("B", "kB", "MB", "GB")
_THOUSAND: Final = 1000


def prune(values: Mapping[str, Any]) -> int:
    """Remove old runs and print their folders; return 1 if one could not be removed."""
    from goflow.settings import read_settings

    wanted = pick(Wanted, values)
    criteria = criteria_of(wanted)
    audit_dir = Path(wanted.audit_dir or read_settings(os.environ, Path.home()).audit_dir)
    if wanted.audit_dir and not audit_dir.is_dir():
        raise UsageError(f"`{audit_dir}` is no folder")
    sizes, problems = list[int](), list[str]()
    for folder, size, told in _carried_out(audit_dir, criteria, is_dry=wanted.dry_run):
        if told:
            problems.extend(told)
            say("".join(f"warning: {problem}\n" for problem in told))
            continue
        sizes.append(size)
        write_data(_line(folder, size))
    say(_summary(sizes, is_dry=wanted.dry_run))
    return int(bool(problems))


def _carried_out(
    audit_dir: Path, criteria: Criteria, *, is_dry: bool
) -> Iterator[tuple[Path, int, tuple[str, ...]]]:
    """Yield each run that has gone, or would go, with its size, or with why it could not be removed."""
    from goflow.journal.old_runs import bytes_in, find_old
    from goflow.journal.retention import remove_runs

    for folder in find_old(audit_dir, criteria, now_s=time.time()):
        size = bytes_in(folder)
        if is_dry:
            yield folder, size, ()
            continue
        pruned = remove_runs([folder])
        if pruned.removed or pruned.problems:  # else somebody has taken it up meanwhile
            yield folder, size, pruned.problems


def _line(folder: Path, size: int) -> str:
    from goflow.reporters.sanitize import sanitize_line

    return f"{sanitize_line(str(folder))}\t{shown_size(size) if is_terminal() else size}\n"


def _summary(sizes: list[int], *, is_dry: bool) -> str:
    if not sizes:
        return "no run matches\n"
    runs = count_of(len(sizes), "run")
    return f"{'would remove' if is_dry else 'removed'} {runs}, {shown_size(sum(sizes))}\n"


def shown_size(size: float) -> str:
    """Write a number of bytes: `940 B`, `2.5 kB`, `1.2 MB`."""
    unit = _UNITS[0]
    for unit in _UNITS:
        if size < _THOUSAND or unit == _UNITS[-1]:
            break
        size /= _THOUSAND
    return f"{size:.0f} {unit}" if unit == _UNITS[0] else f"{size:.1f} {unit}"


VERB: Final = Verb(
    "prune",
    prune,
    about="Remove the folders of old runs, and say how much room that gives.\n\n"
    "A run must meet all that is given. Runs that have not ended or that a process works on are never "
    "removed, and nothing else in the folder is. Links are not followed.",
    sections=[
        Section(
            title="Which runs go",
            flags=(
                Flag(names=("--keep",), value="N", help="Keep the newest N of the matching runs."),
                Flag(
                    names=("--older-than",),
                    value="AGE",
                    help="Only runs that ended this long ago, as in `30d`, `2w` or `12h`.",
                ),
                Flag(names=("--workflow",), value="NAME", help="Only runs of the workflow with this name."),
                Flag(names=("--status",), value="STATUS", help="Only runs that are completed, or failed."),
                Flag(names=("--dry-run",), kind=Kind.SWITCH, help="Remove nothing, and say what would be."),
                AUDIT_DIR,
            ),
        )
    ],
)
