"""Which runs a person wants to be rid of, and how much room they take."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

from goflow.journal.finding import runs_in
from goflow.journal.lock import is_owned
from goflow.journal.run_files import ending_of, has_ended, workflow_of
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_NAMED_AFTER: Final = "%Y-%m-%dT%H-%M-%S"


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """What a run must be to go: all that is given must hold.

    `workflow` and `status` choose the runs that are looked at, `keep` spares the newest of these, and
    `older_than_s` those that ended less long ago.
    """

    keep: int = 0
    older_than_s: float | None = None
    workflow: str | None = None
    status: str | None = None


def find_old(audit_dir: Path, criteria: Criteria, *, now_s: float) -> Iterator[Path]:
    """Yield the runs that are over and meet the criteria, newest first; nobody owns them just now."""
    meant = (folder for folder in runs_in(audit_dir) if _is_meant(folder, criteria))
    for folder in islice(meant, criteria.keep, None):
        if not has_ended(folder) or is_owned(folder, unless_known=False):
            continue
        if _is_old(folder, criteria.older_than_s, now_s):
            yield folder


def bytes_in(folder: Path) -> int:
    """Return how many bytes a folder's files have; links are not followed, what cannot be read has none."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size  # noqa: PTH118 - there may be many
            except OSError:
                """It has gone meanwhile."""
    return total


def _is_meant(folder: Path, criteria: Criteria) -> bool:
    if criteria.workflow is not None and workflow_of(folder) != criteria.workflow:
        return False
    ending = ending_of(folder) if criteria.status is not None else None
    return criteria.status is None or (ending is not None and ending.status == criteria.status)


def _is_old(folder: Path, older_than_s: float | None, now_s: float) -> bool:
    """Tell whether the run ended long enough ago; one of which that is not known has not."""
    if older_than_s is None:
        return True
    ended_s = _ended_s(folder)
    return ended_s is not None and now_s - ended_s >= older_than_s


def _ended_s(folder: Path) -> float | None:
    """Return when the run ended, or where nothing says so, when it began, as its folder is named."""
    ending = ending_of(folder)
    told_s = _seconds(datetime.fromisoformat, ending.at if ending is not None else "")
    if told_s is not None and told_s > 0:  # a moment that Go never set is in the year 1
        return told_s
    return _seconds(lambda text: datetime.strptime(text, _NAMED_AFTER).astimezone(), folder.name[:19])


def _seconds(read: Callable[[str], datetime], text: str) -> float | None:
    try:
        at = read(text)
        return at.replace(tzinfo=at.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        return None
