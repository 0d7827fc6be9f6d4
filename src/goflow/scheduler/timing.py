"""What timers and stop requests change."""

from __future__ import annotations

from heapq import heappush
from typing import TYPE_CHECKING, Final, assert_never

from goflow.events import Failure, FailureKind, StopReason, TimerFired, TimerKind
from goflow.scheduler.indexes import make_ready
from goflow.scheduler.state import Stopping

if TYPE_CHECKING:
    from goflow.planning.plan import PlannedStep
    from goflow.scheduler.state import RunState


def fire(state: RunState, fact: TimerFired) -> None:
    match fact.timer:
        case TimerKind.RETRY if state.steps[fact.step].retry_at_ms is not None:
            state.steps[fact.step].retry_at_ms = None
            state.parked.pop(fact.step, None)
            make_ready(state, fact.step)
        case TimerKind.STEP_TIMEOUT if state.steps[fact.step].deadline_ms is not None:
            state.steps[fact.step].deadline_ms = None
            state.failing[fact.step] = _timed_out(state.plan.steps[fact.step])
        case TimerKind.RETRY | TimerKind.STEP_TIMEOUT:
            return  # the step has ended in the same moment
        case TimerKind.RUN_TIMEOUT:
            stop(state, StopReason.TIMEOUT, 0.0)
        case TimerKind.TIME_BUDGET:
            stop(state, StopReason.BUDGET, None)
        case TimerKind.DRAIN:
            if state.stopping is not None:
                state.stopping.is_over = True
        case _ as unreachable:
            assert_never(unreachable)


def _timed_out(step: PlannedStep) -> Failure:
    took = f"{(step.timeout_ms or 0) / 1000:g}s"
    if step.budget is not None and step.budget.time_ms == step.timeout_ms:
        return Failure(kind=FailureKind.OVER_BUDGET, message=f"the step's budget allows no more than {took}")
    return Failure(kind=FailureKind.STEP_TIMEOUT, message=f"timed out after {took}")


_BY_SIGNAL: Final = frozenset({StopReason.SIGINT, StopReason.SIGTERM})


def stop(state: RunState, reason: StopReason, grace_s: float | None) -> None:
    """Start nothing more; a second request can only make the end come sooner.

    The first reason stands, but that a signal counts for more than what was not sent by one.
    """
    is_over = grace_s is not None and grace_s <= 0
    deadline_ms = None if grace_s is None or is_over else state.now_ms + round(1000 * grace_s)
    before = state.stopping
    if before is not None:
        is_signal = reason in _BY_SIGNAL and before.reason not in _BY_SIGNAL
        reason = reason if is_signal else before.reason
        is_over = is_over or before.is_over
        known = [due_ms for due_ms in (deadline_ms, before.deadline_ms) if due_ms is not None]
        deadline_ms = min(known, default=None)
    state.stopping = Stopping(reason=reason, deadline_ms=deadline_ms, is_over=is_over)
    if deadline_ms is not None:
        heappush(state.timers, (deadline_ms, TimerKind.DRAIN, ""))
    for _, _, step in state.ready:
        state.steps[step].entry = None
    state.ready.clear()
