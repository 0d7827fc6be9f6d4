"""A run in one line, as lists of runs show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from goflow.events import RunStatus
from goflow.projections.run_view import RunView
from goflow.projections.spending import Spending, sum_run
from goflow.scheduler.status import StepStatus
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.events import Event, StopReason


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEntry:
    """What a list tells of a run; `active_ms` is how long its owners have worked on it."""

    run_id: str
    workflow: str
    status: RunStatus
    reason: StopReason | None
    started_ms: int | None
    ended_ms: int | None
    active_ms: int
    steps: Mapping[StepStatus, int]
    """How many of the steps that the run has met stand where."""
    spent: Spending

    @property
    def done(self) -> int:
        """Return how many steps have ended well; a skipped one has."""
        return self.steps.get(StepStatus.COMPLETED, 0) + self.steps.get(StepStatus.SKIPPED, 0)

    @property
    def failed(self) -> int:
        """Return how many steps have failed."""
        return self.steps.get(StepStatus.FAILED, 0)


def fold(events: Iterable[Event], steps: Iterable[str] = ()) -> RunView:
    """Return the view that events give, with the steps that are known in their order."""
    view = RunView(steps)
    for event in events:
        view.see(event)
    return view


def make_entry(view: RunView, *, is_alive: bool) -> RunEntry:
    """Sum up a run; `is_alive` says whether a process works on it."""
    return RunEntry(
        run_id=view.run_id,
        workflow=view.workflow_name,
        status=standing(view, is_alive=is_alive),
        reason=view.reason,
        started_ms=view.started_ms,
        ended_ms=view.ended_ms,
        active_ms=view.active_ms,
        steps=Counter(step.status for step in view.steps.values()),
        spent=sum_run(view),
    )


def standing(view: RunView, *, is_alive: bool) -> RunStatus:
    """Return where a run stands; one that nobody works on any more was interrupted, if not by its events."""
    if view.status is RunStatus.RUNNING and not is_alive:
        return RunStatus.INTERRUPTED
    return view.status
