"""What happened in a run: frozen facts, journaled in order. Everything else about a run is a fold over them.

`WIRE_NAMES` pins each fact's name in `events.jsonl`; a name is never reused. Text deltas are not facts: see
`Progress`. Times are whole milliseconds since 1970 in UTC, so that writing and reading an event changes
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from goflow.planning.options import RunOptions


class RunStatus(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    WAITING = "waiting"


class FailureKind(StrEnum):
    """Why an attempt failed, as its backend understood it."""

    TIMEOUT = "timeout"
    CONNECTION = "connection"
    OVERLOADED = "overloaded"
    RATE_LIMITED = "rate_limited"
    QUOTA_EXHAUSTED = "quota_exhausted"
    MODEL_UNAVAILABLE = "model_unavailable"
    EMPTY_OUTPUT = "empty_output"
    MALFORMED = "malformed"
    REJECTED = "rejected"
    CREDENTIALS = "credentials"
    STEP_TIMEOUT = "step_timeout"
    INTERNAL = "internal"


class StopReason(StrEnum):
    """Why a run stops before its end."""

    SIGINT = "sigint"
    SIGTERM = "sigterm"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    UNANSWERED = "unanswered"


class TimerKind(StrEnum):
    """What a timer was set for."""

    RETRY = "retry"
    STEP_TIMEOUT = "step_timeout"
    RUN_TIMEOUT = "run_timeout"
    DRAIN = "drain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An attempt's failure; `retry_after_s` is what the provider asked us to wait."""

    kind: FailureKind
    message: str
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What an attempt consumed; `cost_usd` is None where the price is not known, never 0 for it."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """A file the run was made from; its bytes are kept in the run folder by `digest` (SHA-256, hex)."""

    role: str
    path: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretInput:
    """A secret input, known by a keyed hash alone and supplied again on resume."""

    name: str
    salt: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCreated:
    """The first event: all that a run is made from. `inputs` lacks the secret ones."""

    run_id: str
    workflow_name: str
    workflow_path: str
    workspace: str
    goflow_version: str
    sources: tuple[SourceRecord, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[SecretInput, ...] = ()
    options: RunOptions = field(default_factory=RunOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunClaimed:
    """An owner took the run; attempts of an earlier owner are lost, and their steps pending again.

    `versions` names the parts that shape answers and prices, such as the price table.
    """

    epoch: int
    owner: str
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReopened:
    """A resumed run goes on with something changed: `again` are the ended steps that run once more.

    `sources`, where not empty, replaces the sources of the run (`resume --allow-changed`); so does `options`.
    """

    again: tuple[str, ...] = ()
    sources: tuple[SourceRecord, ...] = ()
    options: RunOptions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptStarted:
    """A step was given to an agent; attempts of a step count from 1 over the whole run."""

    step: str
    attempt: int
    agent: str
    model: str | None
    prompt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFailed:
    """An attempt ended without an answer; `chance` in [0, 1) is the jitter of the wait that may follow."""

    step: str
    attempt: int
    failure: Failure
    chance: float
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptContinued:
    """An attempt that waited for a person has its answer and a slot again."""

    step: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCompleted:
    """An attempt answered, and with it the step; `model` is the one that did."""

    step: str
    attempt: int
    output: str
    model: str | None = None
    usage: Usage = field(default_factory=Usage)
    session_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFailed:
    """No further attempt is made."""

    step: str
    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSkipped:
    """The step's condition does not hold."""

    step: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCancelled:
    """The step was stopped with the run; resume runs it again."""

    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepNotRun:
    """The step comes after a failure (of `because`) that it may not outlive."""

    step: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked:
    """An attempt waits for a person. The id is the same when a resumed step asks the same again."""

    step: str
    attempt: int
    question_id: str
    text: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswered:
    """The first answer to a question; `by` says where it came from."""

    step: str
    question_id: str
    text: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired:
    """A time that the state was waiting for has come; `step` is empty for the run's own timers."""

    timer: TimerKind
    step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRequested:
    """Nothing more is started.

    What runs may end within `grace_s` seconds (0: stopped at once; None: no bound).
    """

    reason: StopReason
    grace_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    """The last event of an owner; a later `RunClaimed` may follow."""

    status: RunStatus
    reason: StopReason | None = None


Fact: TypeAlias = (
    RunCreated
    | RunClaimed
    | RunReopened
    | AttemptStarted
    | AttemptFailed
    | AttemptContinued
    | StepCompleted
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

WIRE_NAMES: Final[Mapping[type[Fact], str]] = {
    RunCreated: "run.created",
    RunClaimed: "run.claimed",
    RunReopened: "run.reopened",
    AttemptStarted: "attempt.started",
    AttemptFailed: "attempt.failed",
    AttemptContinued: "attempt.continued",
    StepCompleted: "step.completed",
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


@dataclass(frozen=True, slots=True)
class Event:
    """A fact with its place and time in the journal: `seq` counts from 1 without gaps."""

    seq: int
    at_ms: int
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A piece of an attempt's answer as it arrives: shown, kept in `stream.jsonl`, never replayed."""

    step: str
    attempt: int
    text: str
