"""Which ended steps a resumed run does again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.scheduler.status import StepStatus

if TYPE_CHECKING:
    from goflow.planning.plan import Plan
    from goflow.scheduler.state import RunState


def steps_to_redo(state: RunState) -> tuple[str, ...]:
    """Return the steps that failed, those not run, and those that read what will now be different.

    They come in the file's order. A completed step keeps its output unless a prompt or condition of it
    inserted the empty output of a failed step, or, in turn, the output of such a step.
    """
    redone: set[str] = set()
    for name in _in_flow_order(state.plan):
        status = state.steps[name].status
        is_stale = status.has_ended and not redone.isdisjoint(state.plan.steps[name].reads)
        if is_stale or status in (StepStatus.FAILED, StepStatus.NOT_RUN):
            redone.add(name)
    return tuple(name for name in state.plan.steps if name in redone)


def _in_flow_order(plan: Plan) -> list[str]:
    return [name for level in plan.levels for name in level]
