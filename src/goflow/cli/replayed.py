"""A run's events, held against the plan that they were made by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from goflow.api.recall import KeptRun, recall_kept
from goflow.errors import GoflowError, JournalCorrupt
from goflow.events import Event, RunCreated, step_of
from goflow.scheduler import IllegalTransition, apply, new_state

if TYPE_CHECKING:
    from goflow.planning.plan import Plan
    from goflow.workflow import SourceFile


def recall_plan(events: Sequence[Event], sources: Iterable[SourceFile], *, home: Path) -> tuple[Plan, bytes]:
    """Return the plan of a run and the bytes of its workflow file; secret inputs are `***`.

    Raises `GoflowError` where the sources make no plan.
    """
    created = events[0].fact if events else None
    if not isinstance(created, RunCreated):
        raise JournalCorrupt("there is no event of a run")
    kept = KeptRun(created=created, history=tuple(events), sources=tuple(sources))
    recalled = recall_kept(kept, home=home)
    return recalled.plan, recalled.bundle.sources[0].content


def first_that_does_not_follow(plan: Plan, events: Iterable[Event]) -> tuple[int, str] | None:
    """Return the seq of the first event that cannot follow those before it, and why; None for none."""
    state = new_state(plan)
    for event in events:
        step = step_of(event.fact)
        if step and step not in plan.steps:  # an earlier plan of the run had it
            continue
        try:
            apply(state, event)
        except IllegalTransition as error:
            return event.seq, str(error)
        except (GoflowError, ArithmeticError, LookupError, ValueError) as error:
            return event.seq, f"it does not fit those before it ({type(error).__name__})"
    return None
