"""What to do next, from the plan and the state alone. The same state always gives the same commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from goflow.events import RunStatus, StopReason
from goflow.scheduler.commands import (
    CancelStep,
    Command,
    ContinueAttempt,
    DropStep,
    FailStep,
    FinishRun,
    SkipStep,
    StartAttempt,
)
from goflow.scheduler.ready import smallest
from goflow.scheduler.status import StepStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goflow.scheduler.state import RunState

MOST_STARTS: Final = 256
"""How many attempts one decision starts, so that the first of a wide fan-out do not wait for the last."""


def decide(state: RunState) -> list[Command]:
    """Return the commands that follow from the state, none where the run must wait or has ended.

    Each command is repeated until its event has been applied, so a crash between the two loses nothing.
    """
    if state.status is not RunStatus.RUNNING:
        return []
    commands = list(_settle(state))
    commands.extend(_start(state) if state.stopping is None else _cancel(state))
    if not commands and not state.running and len(state.waiting) == len(state.parked) and _is_over(state):
        commands.append(_finish(state))
    return commands


def _settle(state: RunState) -> Iterator[Command]:
    for step, failure in state.failing.items():
        yield FailStep(step, failure)
    for step, because in state.doomed.items():
        yield DropStep(step, because)
    for step, reason in state.unmet_reasons.items():
        yield SkipStep(step, reason)


def _start(state: RunState) -> Iterator[Command]:
    for _, _, name in smallest(state.ready, _free_slots(state)):
        step = state.steps[name]
        if name in state.failing:
            continue
        if step.is_asking:
            yield ContinueAttempt(name, step.attempt)
        else:
            yield StartAttempt(name, step.attempt + 1, state.plan.steps[name].model_at(step.model_index))


def _free_slots(state: RunState) -> int:
    most = state.plan.max_concurrency
    taken = len(state.running) + len(state.throttled)
    return MOST_STARTS if most == 0 else min(MOST_STARTS, max(0, most - taken))


def _cancel(state: RunState) -> Iterator[Command]:
    """Stop what waits at once, and what runs when its time to end is over."""
    for step in state.waiting:
        if step not in state.failing:
            yield CancelStep(step)
    if state.stopping is not None and state.stopping.is_over:
        for step in state.running:
            if step not in state.failing:
                yield CancelStep(step)


def _is_over(state: RunState) -> bool:
    return state.unfinished == 0 or state.stopping is not None or bool(state.parked)


def _finish(state: RunState) -> FinishRun:
    """End the run, or lay it aside where all that is left waits for a quota that is long in coming."""
    if state.parked:
        return FinishRun(RunStatus.INTERRUPTED, StopReason.QUOTA, resume_at_ms=min(state.parked.values()))
    return FinishRun(*_verdict(state))


def _verdict(state: RunState) -> tuple[RunStatus, StopReason | None]:
    if state.unfinished and state.stopping is not None:
        reason = state.stopping.reason
        return (RunStatus.WAITING if reason is StopReason.UNANSWERED else RunStatus.INTERRUPTED), reason
    fatal = any(
        state.steps[step].status is StepStatus.FAILED and state.plan.steps[step].is_fatal
        for step in state.failures
    )
    return (RunStatus.FAILED if fatal else RunStatus.COMPLETED), None
