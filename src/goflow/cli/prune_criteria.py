"""Which runs `goflow prune` is told to remove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.cli.moments import age_s
from goflow.cli.values import count, one_of
from goflow.errors import UsageError
from goflow.problems import shown
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.journal.old_runs import Criteria


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which runs go."""

    keep: str | None
    older_than: str | None
    workflow: str | None
    status: str | None
    dry_run: bool
    audit_dir: str | None


def criteria_of(wanted: Wanted) -> Criteria:
    """Read the flags; raise `UsageError` where they say nothing, or what makes no sense."""
    from goflow.journal.old_runs import Criteria

    given = (wanted.keep, wanted.older_than, wanted.workflow, wanted.status)
    if all(value is None for value in given):
        ways = "`--keep 20` keeps the newest 20, `--older-than 30d` those of the last 30 days"
        raise UsageError("nothing says which runs are to go", help=ways)
    return Criteria(
        keep=0 if wanted.keep is None else _kept(wanted.keep),
        older_than_s=None if wanted.older_than is None else _old(wanted.older_than),
        workflow=wanted.workflow,
        status=None if wanted.status is None else _status(wanted.status),
    )


def _kept(written: str) -> int:
    """Return how many stay; 0 would be none here, but all in `audit_retention`, so it is refused."""
    number = count("--keep", written)
    if number == 0:
        ways = "`--older-than 0s` removes all runs that have ended"
        raise UsageError("`--keep` takes a whole number, 1 or more, not `0`", help=ways)
    return number


def _old(written: str) -> int:
    age = age_s(written)
    if age is None:
        told = f"`--older-than` takes a time such as `30d`, `2w` or `1d12h`, not {shown(written)}"
        raise UsageError(told)
    return age


def _status(written: str) -> str:
    from goflow.events import RunStatus

    status = one_of(RunStatus, "--status", written)
    if status not in (RunStatus.COMPLETED, RunStatus.FAILED):
        told = f"a run that is {shown(status)} can go on, so it is never removed"
        raise UsageError(told, help="`--status` takes `completed` or `failed`")
    return status
