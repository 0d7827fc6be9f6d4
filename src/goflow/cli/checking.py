"""What `goflow verify` finds in an export and in a run folder."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from goflow.api.recall import records_of
from goflow.cli.replayed import first_that_does_not_follow, recall_plan
from goflow.errors import GoflowError, UsageError, reason
from goflow.events import RunFinished, RunStatus
from goflow.journal.bounded_lines import bounded_lines
from goflow.journal.bundle_check import BundleCheck
from goflow.journal.bundle_file import records_in, status_after
from goflow.journal.folder_check import FolderCheck
from goflow.journal.lock import is_owned
from goflow.journal.reader import NAME
from goflow.journal.sources import read_sources
from goflow.problems import count_of
from goflow.reporters.expected_files import different_files
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from goflow.events import SourceRecord
    from goflow.journal.damage import Damages
    from goflow.journal.line_check import LineCheck
    from goflow.planning.plan import Plan
    from goflow.workflow import SourceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found: `facts` tell of a run that is whole, `way_on` of what can be saved of another."""

    name: str
    damages: Damages
    journal: LineCheck
    facts: str
    way_on: str = ""


def counted(*, events: int, sources: int, texts: int) -> str:
    """Return how much there is, as people say it."""
    counts = [(events, "event"), (sources, "source"), (texts, "long text")]
    return ", ".join(count_of(count, word) for count, word in counts if count)


def check_file(path: Path) -> Verdict:
    """Check an export; nothing is written, and only this file is read."""
    check = BundleCheck()
    try:
        with path.open("rb") as file:
            check.read(bounded_lines(file))
    except OSError as error:
        raise UsageError(f"`{path}` cannot be read: {reason(error)}") from error
    if not check.damages.count:
        _follow(check, check.materials.read_last, lambda seq: f"line {check.first_event + seq - 1}")
    counts = counted(events=check.counts["event"], sources=check.counts["source"], texts=check.counts["blob"])
    status = status_after(check.journal.events)
    return Verdict(
        name=str(path),
        damages=check.damages,
        journal=check.journal,
        facts=f"run {check.journal.run_id}, {status}: {counts}, last hash {check.last_hash}",
        way_on="" if check.is_foreign else _what_is_whole(check.journal),
    )


def check_run(folder: Path) -> Verdict:
    """Check a run folder: the journal and what it names; its other files too, once the run has ended."""
    owned = is_owned(folder)
    check = FolderCheck(folder)
    check.read(is_written=owned)
    events, is_sound = check.journal.events, not check.damages.count
    if is_sound and events:
        found = _follow(
            check,
            lambda records: read_sources(folder, records),
            lambda seq: f"line {seq} of `{NAME}`",
        )
        if found is not None and not owned and isinstance(events[-1].fact, RunFinished):
            for name, difference in different_files(folder, found[0], events, found[1]):
                check.damages.add(f"`{name}`", difference)
    return Verdict(
        name=str(folder),
        damages=check.damages,
        journal=check.journal,
        facts=_facts_of_run(check, owned=owned),
        way_on=_way_on(folder, check, is_sound=is_sound),
    )


def _follow(
    check: BundleCheck | FolderCheck,
    read: Callable[[Sequence[SourceRecord]], Sequence[SourceFile]],
    name: Callable[[int], str],
) -> tuple[Plan, bytes] | None:
    """Go through the events with the run's own plan; return it, and the bytes of the workflow file."""
    events = check.journal.events
    try:
        plan, source = recall_plan(events, read(records_of(events)), home=Path.home())
    except GoflowError as error:
        check.damages.add("the sources", f"they make no plan: {error.message}")
        return None
    wrong = first_that_does_not_follow(plan, events)
    if wrong is not None:
        check.damages.add(name(wrong[0]), f"its event cannot follow those before it: {wrong[1]}")
        return None
    return plan, source


def _facts_of_run(check: FolderCheck, *, owned: bool) -> str:
    events = check.journal.events
    status = status_after(events)
    if status is RunStatus.RUNNING and not owned:
        status = RunStatus.INTERRUPTED
    counts = counted(events=len(events), sources=len(records_in(events)), texts=0)
    return f"run {check.journal.run_id}, {status}: {counts}"


def _way_on(folder: Path, check: FolderCheck, *, is_sound: bool) -> str:
    if is_sound:  # so that only files made from events are wrong
        return f"`goflow resume {shlex.quote(str(folder))}` makes its files from the events again"
    whole = _what_is_whole(check.journal)
    if not check.journal.events:
        return whole
    return f"{whole}: `goflow verify {shlex.quote(str(folder))} --salvage DIR` keeps them"


def _what_is_whole(journal: LineCheck) -> str:
    match len(journal.events):
        case 0:
            return "none of its events is whole"
        case 1:
            return "its first event is whole"
        case count:
            return f"its first {count} events are whole"
