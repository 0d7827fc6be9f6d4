"""`goflow resume --wait`: wait until a quota is there again, go on, and wait again if it is used up again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from goflow.cli.streams import say
from goflow.events import RunFinished, StopReason
from goflow.journal.moments import now_ms
from goflow.projections.quantities import format_moment, format_time

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_NAP_S: Final = 5.0
"""How late a clock that has been set, or a machine that has slept, is noticed."""


def resume_when_possible(act: Callable[[Mapping[str, Any]], int], values: Mapping[str, Any]) -> int:
    """Go on with a run as often as only a quota holds it up; return the exit code of its end."""
    from goflow.api.resuming import audit_dir_for_resume
    from goflow.cli.hosting import find_host
    from goflow.cli.values import named_run
    from goflow.journal.finding import find_run

    reference = named_run(values["run"], "goflow resume RUN --wait")
    folder = find_run(audit_dir_for_resume(find_host(values)), reference)
    while True:
        _wait_until(_there_again_ms(folder))
        code = act({**values, "run": str(folder)})
        if _there_again_ms(folder) is None:
            return code


def _there_again_ms(folder: Path) -> int | None:
    """Return when the quota that a run waits for is there again; None if it waits for none."""
    from goflow.journal.reader import JournalReader

    history = JournalReader(folder).read_new()
    last = history[-1].fact if history else None
    waits = isinstance(last, RunFinished) and last.reason is StopReason.QUOTA
    return last.resume_at_ms if waits and isinstance(last, RunFinished) else None


def _wait_until(due_ms: int | None) -> None:
    if due_ms is None or due_ms <= now_ms():
        return
    left = format_time(due_ms - now_ms())
    say(f"waiting {left} for the quota, until {format_moment(due_ms)}; Ctrl-C leaves it as it is\n")
    while (left_s := (due_ms - now_ms()) / 1000) > 0:
        time.sleep(min(left_s, LONGEST_NAP_S))
