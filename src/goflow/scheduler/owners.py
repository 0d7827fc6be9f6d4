"""What a new owner finds: lost attempts are pending again, and the indexes are made anew."""

from __future__ import annotations

from heapq import heappush
from typing import TYPE_CHECKING

from goflow.events import RunClaimed, RunReopened, RunStatus, TimerKind
from goflow.scheduler.indexes import IllegalTransition, doom_after, unblock
from goflow.scheduler.longest import places
from goflow.scheduler.state import StepState
from goflow.scheduler.status import TRANSITIONS, StepStatus

if TYPE_CHECKING:
    from goflow.scheduler.state import RunState


def claim(state: RunState, fact: RunClaimed, before_ms: int) -> None:
    if state.claimed_ms is not None:
        state.worked_ms += before_ms - state.claimed_ms
    is_first = state.epoch == 0
    state.epoch, state.claimed_ms = fact.epoch, state.now_ms
    state.status, state.reason, state.stopping = RunStatus.RUNNING, None, None
    timeout_ms = state.plan.timeout_ms
    state.run_deadline_ms = None if timeout_ms is None else state.now_ms + timeout_ms
    state.places = places(state.plan, fact.estimates)
    allowed_ms = None if state.plan.budget is None else state.plan.budget.time_ms
    left_ms = None if allowed_ms is None else max(0, allowed_ms - state.worked_ms)
    state.budget_deadline_ms = None if left_ms is None else state.now_ms + left_ms
    if is_first:
        _begin(state)
    else:
        for step in state.steps.values():
            step.status = TRANSITIONS[RunClaimed].get(step.status, step.status)
        _rebuild(state)


def _begin(state: RunState) -> None:
    """File the steps of a run of which nothing has happened yet: one look at each, for they may be many."""
    for name, planned in state.plan.steps.items():
        state.steps[name].unmet = len(planned.needs)
        if not planned.needs:
            unblock(state, name)
    _set_timers(state)


def reopen(state: RunState, fact: RunReopened) -> None:
    for name in fact.again:
        step = state.steps.get(name)
        if step is None:
            continue
        status = TRANSITIONS[RunReopened].get(step.status)
        if status is None:
            message = f"RunReopened cannot meet step {name!r}, which is {step.status}"
            raise IllegalTransition(message)
        state.steps[name] = StepState(attempt=step.attempt, failed_attempts=step.failed_attempts)
        state.outputs.pop(name, None)
        state.failures.pop(name, None)
    for name in fact.rewritten:
        state.conversations.pop(name, None)
    state.memory = [entry for entry in state.memory if entry.step not in fact.rewritten]
    _rebuild(state)


def _rebuild(state: RunState) -> None:
    """Make the indexes anew from the steps' statuses, for an owner that starts with what others left.

    `failing` stays: that no attempt is left follows from events, not from a status.
    """
    for index in (state.ready, state.timers):
        index.clear()
    for table in (
        state.running,
        state.waiting,
        state.throttled,
        state.parked,
        state.questions,
        state.unmet_reasons,
        state.doomed,
    ):
        table.clear()
    state.unfinished = sum(not step.status.has_ended for step in state.steps.values())
    for name, step in state.steps.items():
        if step.status is StepStatus.FAILED and state.plan.steps[name].is_fatal:
            doom_after(state, name)
    for name, step in state.steps.items():
        if step.status is StepStatus.PENDING:
            _reset(state, name, step)
    _set_timers(state)


def _set_timers(state: RunState) -> None:
    for due_ms, kind in (
        (state.run_deadline_ms, TimerKind.RUN_TIMEOUT),
        (state.budget_deadline_ms, TimerKind.TIME_BUDGET),
    ):
        if due_ms is not None:
            heappush(state.timers, (due_ms, kind, ""))


def _reset(state: RunState, name: str, step: StepState) -> None:
    step.entry = None
    step.is_asking = False
    step.retry_at_ms = step.deadline_ms = step.left_ms = None
    step.quota_refusals = 0
    step.unmet = sum(not state.steps[need].status.has_ended for need in state.plan.steps[name].needs)
    if step.unmet == 0 and name not in state.doomed:
        unblock(state, name)
