"""What happened in a run: frozen facts, journaled in order. Everything else about a run is a fold over them.

`WIRE_NAMES` pins each fact's name in `events.jsonl`; a name is never reused. Text deltas are not facts: see
`Progress`. Times are whole milliseconds since 1970 in UTC, so that writing and reading an event changes
nothing.
"""

from __future__ import annotations

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
from goflow.events.event import Event, Progress
from goflow.events.fact import (
    WIRE_NAMES,
    AnyAttemptFact,
    AttemptFact,
    ConversationFact,
    Fact,
    ThrottleFact,
    step_of,
)
from goflow.events.parts import MASK, NO_USAGE, Failure, SecretInput, SourceRecord, Usage
from goflow.events.questions import QuestionAnswered, QuestionAsked
from goflow.events.runs import RunClaimed, RunCreated, RunFinished, RunReopened, StopRequested, TimerFired
from goflow.events.steps import StepCancelled, StepCompleted, StepFailed, StepNotRun, StepReused, StepSkipped
from goflow.events.words import FailureKind, RunStatus, StopReason, TimerKind

__all__ = [
    "MASK",
    "NO_USAGE",
    "WIRE_NAMES",
    "AnswerRefused",
    "AnyAttemptFact",
    "AttemptContinued",
    "AttemptFact",
    "AttemptFailed",
    "AttemptStarted",
    "CallAdmitted",
    "CallThrottled",
    "ConversationFact",
    "Event",
    "Fact",
    "Failure",
    "FailureKind",
    "MemoryWritten",
    "Progress",
    "QuestionAnswered",
    "QuestionAsked",
    "RunClaimed",
    "RunCreated",
    "RunFinished",
    "RunReopened",
    "RunStatus",
    "SecretInput",
    "SourceRecord",
    "StepCancelled",
    "StepCompleted",
    "StepFailed",
    "StepNotRun",
    "StepReused",
    "StepSkipped",
    "StopReason",
    "StopRequested",
    "ThrottleFact",
    "TimerFired",
    "TimerKind",
    "ToolCalled",
    "ToolReturned",
    "TurnTaken",
    "Usage",
    "step_of",
]
