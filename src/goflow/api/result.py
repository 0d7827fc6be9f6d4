"""What a run has come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from goflow.projections.spending import Spending, sum_run
from goflow.scheduler.status import StepStatus
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.errors import RunFolderError
    from goflow.events import Event, RunStatus
    from goflow.planning.plan import Plan
    from goflow.projections.run_view import RunView


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run that has ended, or was stopped and can be resumed.

    `folder` is None for a run whose journal is kept in memory. `files_error` says why files that are made
    from the journal are missing there; `resume` makes them. What is large stays out of the `repr`, which
    `asyncio.run` asks for as it ends.
    """

    run_id: str
    folder: Path | None
    plan: Plan = field(repr=False)
    view: RunView = field(repr=False)
    events: tuple[Event, ...] = field(repr=False)
    files_error: RunFolderError | None = None

    @property
    def status(self) -> RunStatus:
        """Return where the run stands."""
        return self.view.status

    @property
    def outputs(self) -> Mapping[str, str]:
        """Return the output of every completed step."""
        return {
            name: step.output or ""
            for name, step in self.view.steps.items()
            if step.status is StepStatus.COMPLETED
        }

    @property
    def usage(self) -> Spending:
        """Return what all attempts together consumed."""
        return sum_run(self.view)
