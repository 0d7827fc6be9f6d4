"""A run in full, as its folder tells it: one of ours, or of the original goflow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from goflow.api.recall import KeptRun, created_of, recall_kept, records_of
from goflow.errors import GoflowError
from goflow.events import RunStatus
from goflow.journal.foreign import read_foreign, step_ids
from goflow.journal.lock import is_owned
from goflow.journal.reader import read_events
from goflow.journal.run_files import has_journal, is_ours
from goflow.journal.sources import read_sources
from goflow.projections.history import fold, standing
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from goflow.events import Event
    from goflow.planning.plan import Plan
    from goflow.projections import RunView


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A run; `plan` is None where it is not known any more, as of every run of the original."""

    folder: Path
    events: Sequence[Event]
    view: RunView
    plan: Plan | None
    is_original: bool
    has_journal: bool
    """Without one, the run can only be shown."""
    is_alive: bool
    """Whether a process works on the run; where that cannot be known, one may."""

    @property
    def status(self) -> RunStatus:
        """Return where the run stands."""
        return standing(self.view, is_alive=self.is_alive)


def read_history(folder: Path, *, home: Path, warn: Callable[[str], None]) -> History:
    """Read a run, and warn where its plan is not known; raises `JournalCorrupt` where it cannot be read."""
    if not has_journal(folder):
        return _without_journal(folder, warn)
    events = read_events(folder)
    plan = _plan_of(events, folder, home=home, warn=warn)
    steps = () if plan is None else plan.steps
    view, is_alive = fold(events, steps), is_owned(folder)
    if view.status is RunStatus.RUNNING and not is_alive:  # it may have ended since its journal was read
        events = read_events(folder)
        view = fold(events, steps)
    return History(
        folder=folder,
        events=events,
        view=view,
        plan=plan,
        is_original=False,
        has_journal=True,
        is_alive=is_alive,
    )


def _without_journal(folder: Path, warn: Callable[[str], None]) -> History:
    """Read what the files of a run tell that the original has made, or that has lost its journal."""
    is_original = not is_ours(folder)
    if not is_original:
        warn(f"`{folder}` has lost its journal: shown is what its other files tell")
    events = read_foreign(folder)
    view = fold(events, step_ids(folder))
    return History(
        folder=folder,
        events=events,
        view=view,
        plan=None,
        is_original=is_original,
        has_journal=False,
        is_alive=True,
    )


def _plan_of(
    events: Sequence[Event], folder: Path, *, home: Path, warn: Callable[[str], None]
) -> Plan | None:
    """Return the plan that the run went on with last, if it can still be made of what was kept."""
    created = created_of(events, folder)
    try:
        sources = read_sources(folder, records_of(events))
        kept = KeptRun(created=created, history=tuple(events), sources=sources)
        return recall_kept(kept, home=home).plan
    except GoflowError as error:
        warn(f"the run's workflow is not known any more: {error.message}")
        return None
