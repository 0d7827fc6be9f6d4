"""What may happen next in a run, as a machine without I/O: `apply` an event, then `decide`."""

from __future__ import annotations

from goflow.scheduler.apply import apply, replay
from goflow.scheduler.decide import decide
from goflow.scheduler.indexes import IllegalTransition
from goflow.scheduler.reopen import steps_to_redo
from goflow.scheduler.state import RunState, StepState, new_state
from goflow.scheduler.status import TRANSITIONS, StepStatus

__all__ = [
    "TRANSITIONS",
    "IllegalTransition",
    "RunState",
    "StepState",
    "StepStatus",
    "apply",
    "decide",
    "new_state",
    "replay",
    "steps_to_redo",
]
