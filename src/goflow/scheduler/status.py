"""Where a step stands, and what may follow what.

Every change of a step's status is a row of `TRANSITIONS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from goflow.events import (
    AnswerRefused,
    AttemptContinued,
    AttemptFailed,
    AttemptStarted,
    CallAdmitted,
    CallThrottled,
    Fact,
    MemoryWritten,
    QuestionAnswered,
    QuestionAsked,
    RunClaimed,
    RunReopened,
    StepCancelled,
    StepCompleted,
    StepFailed,
    StepNotRun,
    StepReused,
    StepSkipped,
    ToolCalled,
    ToolReturned,
    TurnTaken,
)


class StepStatus(StrEnum):
    """Where a step stands; the words users see."""

    PENDING = "pending"
    WAITING = "waiting"
    RUNNING = "running"
    COMPLETED = "completed"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"
    NOT_RUN = "not_run"

    @property
    def has_ended(self) -> bool:
        """Whether the step's fate is settled; a cancelled step runs again on resume."""
        return self in _ENDED

    @property
    def is_live(self) -> bool:
        """Whether an attempt runs, or waits for a person, a turn to ask, a retry or another model."""
        return self is StepStatus.RUNNING or self is StepStatus.WAITING


_ENDED: Final = frozenset(
    {StepStatus.COMPLETED, StepStatus.SKIPPED, StepStatus.FAILED, StepStatus.NOT_RUN},
)
_S = StepStatus
_UNDER_WAY: Final = {_S.RUNNING: _S.RUNNING, _S.WAITING: _S.WAITING}
"""What an attempt may say while it runs, or while another of its tool calls waits for a person."""

TRANSITIONS: Final[Mapping[type[Fact], Mapping[StepStatus, StepStatus]]] = {
    AttemptStarted: {_S.PENDING: _S.RUNNING, _S.WAITING: _S.RUNNING},
    AttemptFailed: {_S.RUNNING: _S.WAITING, _S.WAITING: _S.WAITING},
    AttemptContinued: {_S.WAITING: _S.RUNNING},
    CallThrottled: {_S.RUNNING: _S.WAITING},
    CallAdmitted: {_S.WAITING: _S.RUNNING},
    TurnTaken: _UNDER_WAY,
    ToolCalled: _UNDER_WAY,
    ToolReturned: _UNDER_WAY,
    AnswerRefused: _UNDER_WAY,
    MemoryWritten: _UNDER_WAY,
    QuestionAsked: {_S.RUNNING: _S.WAITING},
    QuestionAnswered: {_S.PENDING: _S.PENDING, _S.RUNNING: _S.RUNNING, _S.WAITING: _S.WAITING},
    StepCompleted: {_S.RUNNING: _S.COMPLETED, _S.WAITING: _S.COMPLETED},
    StepReused: {_S.PENDING: _S.COMPLETED},
    StepFailed: {_S.PENDING: _S.FAILED, _S.RUNNING: _S.FAILED, _S.WAITING: _S.FAILED},
    StepSkipped: {_S.PENDING: _S.SKIPPED},
    StepNotRun: {_S.PENDING: _S.NOT_RUN},
    StepCancelled: {_S.RUNNING: _S.CANCELLED, _S.WAITING: _S.CANCELLED},
    RunClaimed: {_S.RUNNING: _S.PENDING, _S.WAITING: _S.PENDING, _S.CANCELLED: _S.PENDING},
    RunReopened: {
        _S.COMPLETED: _S.PENDING,
        _S.SKIPPED: _S.PENDING,
        _S.FAILED: _S.PENDING,
        _S.NOT_RUN: _S.PENDING,
    },
}
"""For each fact about a step: the statuses it may meet, and what they become.

`RunClaimed` and `RunReopened` concern many steps; a status they do not list is left as it is. A new owner
finds lost attempts pending again, their retry budget uncharged; a pending step fails whose last attempt had
failed before its owner was lost.
"""
