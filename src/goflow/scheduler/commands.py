"""What the shell is asked to do: each command becomes one event, and then an act."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from goflow.events import (
    AttemptContinued,
    Fact,
    Failure,
    RunFinished,
    RunStatus,
    StepCancelled,
    StepFailed,
    StepNotRun,
    StepSkipped,
    StopReason,
)
from goflow.values import dataclass


@dataclass(frozen=True, slots=True)
class StartAttempt:
    """Give the step to its agent."""

    step: str
    attempt: int
    model: str | None


@dataclass(frozen=True, slots=True)
class ContinueAttempt:
    """Let an attempt that has its answer go on."""

    step: str
    attempt: int


@dataclass(frozen=True, slots=True)
class SkipStep:
    """Leave the step out, for its condition does not hold."""

    step: str
    reason: str


@dataclass(frozen=True, slots=True)
class FailStep:
    """Make no further attempt, and stop one that runs."""

    step: str
    failure: Failure


@dataclass(frozen=True, slots=True)
class DropStep:
    """Do not run what comes after a failure."""

    step: str
    because: str


@dataclass(frozen=True, slots=True)
class CancelStep:
    """Stop the step with the run."""

    step: str


@dataclass(frozen=True, slots=True)
class FinishRun:
    """End the run."""

    status: RunStatus
    reason: StopReason | None
    resume_at_ms: int | None = None


PlainCommand: TypeAlias = ContinueAttempt | SkipStep | FailStep | DropStep | CancelStep | FinishRun
"""A command that says all its event will say; what `StartAttempt` sends is known to the shell alone."""

Command: TypeAlias = StartAttempt | PlainCommand


def fact_of(command: PlainCommand) -> Fact:
    """Return the fact that a command becomes."""
    match command:
        case ContinueAttempt():
            return AttemptContinued(step=command.step, attempt=command.attempt)
        case SkipStep():
            return StepSkipped(step=command.step, reason=command.reason)
        case FailStep():
            return StepFailed(step=command.step, failure=command.failure)
        case DropStep():
            return StepNotRun(step=command.step, because=command.because)
        case CancelStep():
            return StepCancelled(step=command.step)
        case FinishRun():
            return RunFinished(
                status=command.status, reason=command.reason, resume_at_ms=command.resume_at_ms
            )
        case _ as unreachable:
            assert_never(unreachable)
