"""Any fact, and its name in a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias, TypeVar

from goflow.events.attempts import (
    AnswerRefused,
    AttemptContinued,
    AttemptFailed,
    AttemptStarted,
    CallAdmitted,
    CallThrottled,
    MemoryWritten,
    ToolCalled,
    ToolReturned,
    TurnTaken,
)
from goflow.events.questions import QuestionAnswered, QuestionAsked
from goflow.events.runs import RunClaimed, RunCreated, RunFinished, RunReopened, StopRequested, TimerFired
from goflow.events.steps import StepCancelled, StepCompleted, StepFailed, StepNotRun, StepReused, StepSkipped

Fact: TypeAlias = (
    RunCreated
    | RunClaimed
    | RunReopened
    | AttemptStarted
    | AttemptFailed
    | AttemptContinued
    | CallThrottled
    | CallAdmitted
    | TurnTaken
    | ToolCalled
    | ToolReturned
    | AnswerRefused
    | MemoryWritten
    | StepCompleted
    | StepReused
    | StepFailed
    | StepSkipped
    | StepCancelled
    | StepNotRun
    | QuestionAsked
    | QuestionAnswered
    | TimerFired
    | StopRequested
    | RunFinished
)

ConversationFact: TypeAlias = TurnTaken | ToolReturned | AnswerRefused
"""What a conversation with a model is made of again when its attempt was lost or failed."""

ThrottleFact: TypeAlias = CallThrottled | CallAdmitted
"""What a request to a model tells while it waits for its turn."""

AttemptFact: TypeAlias = (
    TurnTaken | ToolCalled | ToolReturned | AnswerRefused | MemoryWritten | QuestionAsked | ThrottleFact
)
"""What an attempt records while it is under way."""

AnyAttemptFact = TypeVar("AnyAttemptFact", bound=AttemptFact)

WIRE_NAMES: Final[Mapping[type[Fact], str]] = {
    RunCreated: "run.created",
    RunClaimed: "run.claimed",
    RunReopened: "run.reopened",
    AttemptStarted: "attempt.started",
    AttemptFailed: "attempt.failed",
    AttemptContinued: "attempt.continued",
    CallThrottled: "call.throttled",
    CallAdmitted: "call.admitted",
    TurnTaken: "turn.taken",
    ToolCalled: "tool.called",
    ToolReturned: "tool.returned",
    AnswerRefused: "answer.refused",
    MemoryWritten: "memory.written",
    StepCompleted: "step.completed",
    StepReused: "step.reused",
    StepFailed: "step.failed",
    StepSkipped: "step.skipped",
    StepCancelled: "step.cancelled",
    StepNotRun: "step.not_run",
    QuestionAsked: "question.asked",
    QuestionAnswered: "question.answered",
    TimerFired: "timer.fired",
    StopRequested: "run.stop_requested",
    RunFinished: "run.finished",
}


def step_of(fact: Fact) -> str:
    """Return the id of the step that a fact is about; empty for one about the whole run."""
    step: str = getattr(fact, "step", "")
    return step
