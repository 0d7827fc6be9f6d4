"""The indexes of a run's state: every change of a step's status goes through here and keeps them right."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from goflow.events import Fact, StepCancelled, TimerKind
from goflow.scheduler.status import TRANSITIONS, StepStatus
from goflow.templating import Scope, parse, unmet_reason

if TYPE_CHECKING:
    from goflow.scheduler.state import RunState, StepState


class IllegalTransition(Exception):
    """An event that cannot follow those before it: a defect, or a journal that was tampered with."""


def move(state: RunState, step: str, fact: Fact) -> StepState:
    """Change a step's status as the table says, and the indexes of live steps with it."""
    found = state.steps[step]
    status = TRANSITIONS[type(fact)].get(found.status)
    if status is None:
        message = f"{type(fact).__name__} cannot meet step {step!r}, which is {found.status}"
        raise IllegalTransition(message)
    if found.status is not status:
        state.running.pop(step, None)
        state.waiting.pop(step, None)
        state.throttled.pop(step, None)
        state.parked.pop(step, None)
        if status is StepStatus.RUNNING:
            state.running[step] = None
        elif status is StepStatus.WAITING:
            state.waiting[step] = None
        found.status = status
    return found


def make_ready(state: RunState, step: str) -> None:
    found = state.steps[step]
    place = state.places[step] if state.places else state.plan.steps[step].index
    found.entry = (0 if found.is_asking else 1, place, step)
    heappush(state.ready, found.entry)


def leave_ready(state: RunState, step: str, found: StepState) -> None:
    """Take a step out of the ready ones; a step that starts is the smallest, or soon will be."""
    if found.entry is None:
        return
    if state.ready[0][2] == step:
        heappop(state.ready)
    else:
        state.ready.remove(found.entry)
        heapify(state.ready)
    found.entry = None


def unblock(state: RunState, step: str) -> None:
    """File a step whose needs have all ended: it is ready, or its condition does not hold."""
    condition = state.plan.steps[step].condition
    if condition is not None:
        scope = Scope(inputs=state.plan.inputs, outputs=state.outputs)
        reason = unmet_reason(
            condition, state.outputs.get(condition.step, ""), lambda text: parse(text).render(scope)
        )
        if reason is not None:
            state.unmet_reasons[step] = reason
            return
    make_ready(state, step)


def leave(state: RunState, step: str, fact: Fact) -> None:
    """Change a step's status and forget all that it was waiting for."""
    found = move(state, step, fact)
    found.retry_at_ms = found.deadline_ms = found.left_ms = None
    forget_question(state, step, found)
    state.failing.pop(step, None)
    if not isinstance(fact, StepCancelled):
        state.conversations.pop(step, None)
    leave_ready(state, step, found)


def end(state: RunState, step: str, fact: Fact) -> None:
    """End a step that others may now follow."""
    leave(state, step, fact)
    state.unfinished -= 1
    for dependent in state.plan.steps[step].dependents:
        found = state.steps[dependent]
        found.unmet -= 1
        if found.unmet == 0 and found.status is StepStatus.PENDING and dependent not in state.doomed:
            unblock(state, dependent)


def forget_question(state: RunState, step: str, found: StepState) -> None:
    if found.is_asking:
        leave_ready(state, step, found)  # its answer may have come
        found.is_asking = False
        del state.questions[step]


def doom_after(state: RunState, failed: str) -> None:
    """Mark all descendants of a fatal failure; none of them has started, since each needs it."""
    seen: set[str] = set()
    border = [failed]
    while border:
        for dependent in state.plan.steps[border.pop()].dependents:
            if dependent not in seen:
                seen.add(dependent)
                border.append(dependent)
                if state.steps[dependent].status is StepStatus.PENDING:
                    state.doomed.setdefault(dependent, failed)


def set_deadline(state: RunState, step: str, left_ms: int) -> None:
    due_ms = state.now_ms + left_ms
    state.steps[step].deadline_ms = due_ms
    heappush(state.timers, (due_ms, TimerKind.STEP_TIMEOUT, step))
