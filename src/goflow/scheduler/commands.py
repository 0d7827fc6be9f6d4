"""What the shell is asked to do: each command becomes one event, and then an act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from goflow.events import Failure, RunStatus, StopReason


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


Command: TypeAlias = StartAttempt | ContinueAttempt | SkipStep | FailStep | DropStep | CancelStep | FinishRun
