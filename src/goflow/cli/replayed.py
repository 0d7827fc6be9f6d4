"""A run's events, held against the plan that they were made by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from goflow.api.prepare import require_sound
from goflow.api.recall import options_of
from goflow.errors import GoflowError, JournalCorrupt
from goflow.events import MASK, Event, RunCreated
from goflow.loader.load import load_bundle
from goflow.loader.reader import RecordedReader
from goflow.planning.compile import compile_plan
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
    reader = RecordedReader(tuple(sources))
    bundle = load_bundle(created.workflow_path, cwd=Path(created.workspace), home=home, reader=reader)
    require_sound(bundle, None)
    inputs = {**created.inputs, **dict.fromkeys((secret.name for secret in created.secrets), MASK)}
    plan = compile_plan(bundle, inputs=inputs, options=options_of(events, created))
    return plan, bundle.sources[0].content


def first_that_does_not_follow(plan: Plan, events: Iterable[Event]) -> tuple[int, str] | None:
    """Return the seq of the first event that cannot follow those before it, and why; None for none."""
    state = new_state(plan)
    for event in events:
        step = getattr(event.fact, "step", "")
        if step and step not in plan.steps:  # an earlier plan of the run had it
            continue
        try:
            apply(state, event)
        except IllegalTransition as error:
            return event.seq, str(error)
        except (GoflowError, ArithmeticError, LookupError, ValueError) as error:
            return event.seq, f"it does not fit those before it ({type(error).__name__})"
    return None
