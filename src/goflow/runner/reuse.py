"""Results of earlier runs, taken where a step is about to ask for the same again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from goflow.planning.content import fingerprint_of
from goflow.projections.reuse import live_content
from goflow.scheduler.status import StepStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

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
    """The results of one run, but for steps that are to be had anew.

    `steps` are those that there are now. Of these each takes its own result or that of a step that is gone,
    such as one with another name: steps that ask the same want an answer each.
    """

    def __init__(
        self, results: Iterable[Result], *, steps: Collection[str], fresh: frozenset[str] = frozenset()
    ) -> None:
        self._results: dict[str, dict[str, Result]] = {}
        for result in results:
            self._results.setdefault(fingerprint_of(result.content), {})[result.step] = result
        self._steps = steps
        self._fresh = fresh

    def find(self, step: str, content: Content) -> Result | None:
        """Look for the content among those of the run."""
        if step in self._fresh:
            return None
        found = self._results.get(fingerprint_of(content), {})
        gone = (result for name, result in found.items() if name not in self._steps)
        return found[step] if step in found else next(gone, None)


class FirstOf:
    """Several places where results are found, looked at in turn."""

    def __init__(self, *places: Reuse) -> None:
        self._places = places

    def find(self, step: str, content: Content) -> Result | None:
        """Look at one place after the other."""
        found = (place.find(step, content) for place in self._places)
        return next((result for result in found if result is not None), None)


def reused(state: RunState, started: AttemptStarted, reuse: Reuse) -> StepReused | None:
    """Return the fact that stands in for an attempt, if there is a result already.

    `started` is the attempt as it would be kept, without secrets.
    """
    if state.steps[started.step].status is not StepStatus.PENDING:
        return None
    found = reuse.find(started.step, live_content(state, started.step, started.prompt))
    return None if found is None else found.taken_by(started.step)
