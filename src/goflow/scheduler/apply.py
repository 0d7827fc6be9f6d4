"""The one way a run's state changes: `apply(state, event)`.

Replaying a journal gives the state that the run had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from goflow.events import (
    AnswerRefused,
    AttemptContinued,
    AttemptFailed,
    AttemptStarted,
    CallAdmitted,
    CallThrottled,
    Event,
    MemoryWritten,
    QuestionAnswered,
    QuestionAsked,
    RunClaimed,
    RunCreated,
    RunFinished,
    RunReopened,
    StepCancelled,
    StepCompleted,
    StepFailed,
    StepNotRun,
    StepReused,
    StepSkipped,
    StopRequested,
    TimerFired,
    ToolCalled,
    ToolReturned,
    TurnTaken,
    step_of,
)
from goflow.scheduler import attempts, owners, timing
from goflow.scheduler.indexes import leave, move
from goflow.scheduler.state import RunState, new_state

if TYPE_CHECKING:
    from collections.abc import Iterable

    from goflow.planning.plan import Plan


def replay(plan: Plan, events: Iterable[Event]) -> RunState:
    """Return the state that a journal's events amount to.

    Events of steps that the plan does not have, or no longer has, are passed over.
    """
    state = new_state(plan)
    for event in events:
        step = step_of(event.fact)
        if not step or step in plan.steps:
            apply(state, event)
        state.seq, state.now_ms = event.seq, event.at_ms
    return state


def apply(state: RunState, event: Event) -> None:  # noqa: C901, PLR0912 - one case a fact, nothing else
    """Change the state by one event."""
    before_ms, state.seq, state.now_ms = state.now_ms, event.seq, event.at_ms
    match event.fact:
        case AttemptStarted() as fact:
            attempts.start(state, fact)
        case StepCompleted() as fact:
            attempts.complete(state, fact)
        case StepReused() as fact:
            attempts.reuse(state, fact)
        case AttemptFailed() as fact:
            attempts.fail_attempt(state, fact)
        case StepSkipped() as fact:
            attempts.skip(state, fact)
        case StepFailed() as fact:
            attempts.fail_step(state, fact)
        case StepNotRun() as fact:
            attempts.drop(state, fact)
        case StepCancelled() as fact:
            leave(state, fact.step, fact)
        case TurnTaken() | ToolReturned() | AnswerRefused() as fact:
            attempts.converse(state, fact)
        case MemoryWritten() as fact:
            attempts.remember(state, fact)
        case ToolCalled() as fact:
            move(state, fact.step, fact)
        case QuestionAsked() as fact:
            attempts.ask(state, fact)
        case QuestionAnswered() as fact:
            attempts.answer(state, fact)
        case AttemptContinued() as fact:
            attempts.go_on(state, fact)
        case CallThrottled() as fact:
            attempts.throttle(state, fact)
        case CallAdmitted() as fact:
            attempts.admit(state, fact)
        case TimerFired() as fact:
            timing.fire(state, fact)
        case RunCreated() as fact:
            state.run_id = fact.run_id
        case RunClaimed() as fact:
            owners.claim(state, fact, before_ms)
        case RunReopened() as fact:
            owners.reopen(state, fact)
        case StopRequested() as fact:
            timing.stop(state, fact.reason, fact.grace_s)
        case RunFinished() as fact:
            state.status, state.reason = fact.status, fact.reason
        case _ as unreachable:
            assert_never(unreachable)
