"""Results of earlier runs, taken where a step is about to ask for the same again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from goflow.planning.content import fingerprint_of
from goflow.projections.reuse import live_content
from goflow.scheduler.status import StepStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goflow.events import AttemptStarted, StepReused
    from goflow.planning.content import Content
    from goflow.projections.reuse import Result
    from goflow.scheduler import RunState


class Reuse(Protocol):
    """Where results of earlier runs are found."""

    def find(self, step: str, content: Content) -> Result | None:
        """Return a result that follows from the same content; None where the step is to be asked."""
        ...


class ResultsOfRun:
    """The results of one run, but for steps that are to be had anew."""

    def __init__(self, results: Mapping[str, Result], *, fresh: frozenset[str] = frozenset()) -> None:
        self._results = {fingerprint_of(result.content): result for result in results.values()}
        self._fresh = fresh

    def find(self, step: str, content: Content) -> Result | None:
        """Look for the content among those of the run."""
        return None if step in self._fresh else self._results.get(fingerprint_of(content))


def reused(state: RunState, started: AttemptStarted, reuse: Reuse) -> StepReused | None:
    """Return the fact that stands in for an attempt, if there is a result already.

    `started` is the attempt as it would be kept, without secrets.
    """
    if state.steps[started.step].status is not StepStatus.PENDING:
        return None
    found = reuse.find(started.step, live_content(state, started.step, started.prompt))
    return None if found is None else found.taken_by(started.step)
