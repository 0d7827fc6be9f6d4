"""What happened in a run: frozen facts, journaled in order. Everything else about a run is a fold over them.

`WIRE_NAMES` pins each fact's name in `events.jsonl`; a name is never reused. Text deltas are not facts: see
`Progress`. Times are whole milliseconds since 1970 in UTC, so that writing and reading an event changes
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Final, TypeAlias, TypeVar

from goflow.planning.options import RunOptions
from goflow.values import dataclass

MASK: Final = "***"
"""What stands in a fact in place of a secret."""


class RunStatus(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    """An owner works on it, or has died."""
    COMPLETED = "completed"
    """All has ended; steps may have failed where their authors let them."""
    FAILED = "failed"
    """A step failed that others may not outlive."""
    INTERRUPTED = "interrupted"
    """It was stopped, and can be resumed."""
    WAITING = "waiting"
    """It was stopped for an answer, and can be resumed."""


class FailureKind(StrEnum):
    """Why an attempt failed, as its backend understood it."""

    TIMEOUT = "timeout"
    """A request took too long."""
    CONNECTION = "connection"
    """The service could not be reached, or the connection broke."""
    OVERLOADED = "overloaded"
    """The service has too much to do."""
    RATE_LIMITED = "rate_limited"
    """Too many requests or tokens in a time."""
    QUOTA_EXHAUSTED = "quota_exhausted"
    """The account may not use any more."""
    MODEL_UNAVAILABLE = "model_unavailable"
    """The service does not have the model."""
    EMPTY_OUTPUT = "empty_output"
    """The answer holds no text."""
    MALFORMED = "malformed"
    """The answer is not of the provider's protocol; most often the address is wrong. Not asked again."""
    INVALID_OUTPUT = "invalid_output"
    """The answer does not satisfy the step's schema, also after it was asked to be mended."""
    REJECTED = "rejected"
    """The service refuses the request as it is, or its content filter the answer."""
    CREDENTIALS = "credentials"
    """The key is missing, wrong, or not allowed to do this."""
    STEP_TIMEOUT = "step_timeout"
    """The step's own time was over."""
    INTERNAL = "internal"
    """A defect of goflow."""


class StopReason(StrEnum):
    """Why a run stops before its end."""

    SIGINT = "sigint"
    """Ctrl-C."""
    SIGTERM = "sigterm"
    """The system or a supervisor asked for it."""
    CANCELLED = "cancelled"
    """`goflow cancel`."""
    TIMEOUT = "timeout"
    """The run's own time was over."""
    UNANSWERED = "unanswered"
    """A question that nobody could answer."""


class TimerKind(StrEnum):
    """What a timer was set for."""

    RETRY = "retry"
    """The wait before another attempt."""
    STEP_TIMEOUT = "step_timeout"
    """The time of a step."""
    RUN_TIMEOUT = "run_timeout"
    """The time of the run."""
    DRAIN = "drain"
    """The time that running steps have to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An attempt's failure; `retry_after_s` is what the provider asked us to wait."""

    kind: FailureKind
    """What went wrong, of the kinds below."""
    message: str
    """What the backend said."""
    retry_after_s: float | None = None
    """The wait that the provider asked for, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What an attempt consumed; `cost_usd` is None where the price is not known, never 0 for it."""

    requests: int = 0
    """Requests to a model."""
    input_tokens: int = 0
    """Tokens sent, those read from a cache among them."""
    output_tokens: int = 0
    """Tokens received, those of reasoning among them."""
    cached_tokens: int = 0
    """Tokens sent that the provider had in its cache."""
    cost_usd: float | None = None
    """The price in US dollars; absent where it is not known."""

    def plus(self, more: Usage) -> Usage:
        """Return the sum; its price is known where that of each request is."""
        if self == NO_USAGE:
            return more
        if more == NO_USAGE:
            return self
        known = self.cost_usd is not None and more.cost_usd is not None
        return Usage(
            requests=self.requests + more.requests,
            input_tokens=self.input_tokens + more.input_tokens,
            output_tokens=self.output_tokens + more.output_tokens,
            cached_tokens=self.cached_tokens + more.cached_tokens,
            cost_usd=(self.cost_usd or 0.0) + (more.cost_usd or 0.0) if known else None,
        )


NO_USAGE: Final = Usage()
"""Nothing consumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """A file the run was made from; its bytes are kept in the run folder by `digest` (SHA-256, hex)."""

    role: str
    """What the file is to the run: `workflow`, `agent`, `skill`, `memory`, `input` or `script`."""
    path: str
    """Its absolute path."""
    digest: str
    """SHA-256 of its bytes, in hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretInput:
    """A secret input, known by a keyed hash alone and supplied again on resume."""

    name: str
    """Name of the input."""
    salt: str
    """The key of the hash."""
    digest: str
    """The keyed hash of the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCreated:
    """The first event: all that a run is made from. `inputs` lacks the secret ones."""

    run_id: str
    """`r-` and random characters."""
    workflow_name: str
    """Name of the workflow."""
    workflow_path: str
    """Absolute path of the workflow file."""
    workspace: str
    """Absolute path of the current folder."""
    goflow_version: str
    """The goflow that created the run."""
    sources: tuple[SourceRecord, ...] = ()
    """The files that the run is made from."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """The inputs with defaults filled in, without the secret ones."""
    secrets: tuple[SecretInput, ...] = ()
    """The secret inputs."""
    options: RunOptions = field(default_factory=RunOptions)
    """What the command line asked for."""
    rerun_of: str = ""
    """Id of the run whose results this one takes; empty for a run of its own."""
    fresh: tuple[str, ...] = ()
    """The steps of a rerun that take no earlier result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunClaimed:
    """An owner took the run; attempts of an earlier owner are lost, and their steps pending again.

    `versions` names the parts that shape answers and prices, such as the price table.
    """

    epoch: int
    """Counts the owners, from 1."""
    owner: str
    """Host and process id."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Versions by part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReopened:
    """A resumed run goes on with something changed: `again` are the ended steps that run once more.

    `sources`, where not empty, replaces the sources of the run (`resume --allow-changed`); so does `options`.
    """

    again: tuple[str, ...] = ()
    """Ids of the ended steps that run once more."""
    sources: tuple[SourceRecord, ...] = ()
    """The files that the run goes on with; empty where they are the same."""
    options: RunOptions | None = None
    """The options that the run goes on with; absent where they are the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptStarted:
    """A step was given to an agent; attempts of a step count from 1 over the whole run."""

    step: str
    """Id of the step."""
    attempt: int
    """Number of the attempt."""
    agent: str
    """Name of the agent."""
    model: str | None
    """The model that is asked; null for the provider's default."""
    prompt: str
    """The user prompt as sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFailed:
    """An attempt ended without an answer; `chance` in [0, 1) is the jitter of the wait that may follow."""

    step: str
    """Id of the step."""
    attempt: int
    """Number of the attempt."""
    failure: Failure
    """Why there is no answer."""
    chance: float
    """A random number from 0 to 1, by which the wait before a retry is spread."""
    usage: Usage = NO_USAGE
    """What the attempt consumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptContinued:
    """An attempt that waited for a person has its answer and a slot again."""

    step: str
    """Id of the step."""
    attempt: int
    """Number of the attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTaken:
    """A model answered with calls of tools; a resumed attempt goes on from here and does not ask again."""

    step: str
    """Id of the step."""
    attempt: int
    """Number of the attempt."""
    message: str
    """The model's message as JSON, in the form that the backend reads again."""
    usage: Usage = NO_USAGE
    """What the turn consumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalled:
    """A tool is about to be used; it may already have been when its end is missing after a crash."""

    step: str
    """Id of the step."""
    attempt: int
    """Number of the attempt."""
    call_id: str
    """The model's own name for the call."""
    tool: str
    """Name of the tool."""
    arguments: str
    """The arguments as JSON, as the model gave them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolReturned:
    """A tool has done its work, or said why not."""

    step: str
    """Id of the step."""
    attempt: int
    """Number of the attempt."""
    call_id: str
    """The model's own name for the call."""
    tool: str
    """Name of the tool."""
    result: str
    """What the model is told."""
    is_error: bool = False
    """Whether the call came to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRefused:
    """An answer does not satisfy the step's `output_schema`, and the model is asked to mend it."""

    step: str
    """Id of the step."""
    attempt: int
    """Number of the attempt."""
    message: str
    """The model's message as JSON, in the form that the backend reads again."""
    complaint: str
    """What is wrong with it, as the model is told."""
    usage: Usage = NO_USAGE
    """What the answer consumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryWritten:
    """An agent added an entry to the shared memory; all agents of the run can read it from now on."""

    step: str
    """Id of the step."""
    attempt: int
    """Number of the attempt."""
    agent: str
    """Name of the agent."""
    text: str
    """The entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCompleted:
    """An attempt answered, and with it the step; `model` is the one that did."""

    step: str
    """Id of the step."""
    attempt: int
    """Number of the attempt that answered."""
    output: str
    """The answer, whole."""
    model: str | None = None
    """The model that answered, as it calls itself."""
    usage: Usage = NO_USAGE
    """What the attempt consumed."""
    session_id: str | None = None
    """The backend's own name for the conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReused:
    """The step has the result of an earlier one that had the same content; nobody was asked."""

    step: str
    """Id of the step."""
    origin: str
    """Id of the run that the result is from, or `cache`."""
    agent: str
    """Name of the agent that gave it."""
    prompt: str
    """The user prompt that it answers."""
    output: str
    """The answer, whole."""
    model: str | None = None
    """The model that gave it."""
    memory: tuple[str, ...] = ()
    """The entries that it adds to the shared memory."""

    def entries(self) -> tuple[MemoryWritten, ...]:
        """Return what it adds to the shared memory."""
        return tuple(
            MemoryWritten(step=self.step, attempt=0, agent=self.agent, text=text) for text in self.memory
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFailed:
    """No further attempt is made."""

    step: str
    """Id of the step."""
    failure: Failure
    """The last failure, or all of them where no model was available."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSkipped:
    """The step's condition does not hold."""

    step: str
    """Id of the step."""
    reason: str
    """Which test of the condition does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCancelled:
    """The step was stopped with the run; resume runs it again."""

    step: str
    """Id of the step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepNotRun:
    """The step comes after a failure (of `because`) that it may not outlive."""

    step: str
    """Id of the step."""
    because: str
    """Id of the failed step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked:
    """An attempt waits for a person. The id is the same when a resumed step asks the same again."""

    step: str
    """Id of the step."""
    attempt: int
    """Number of the attempt."""
    question_id: str
    """`q-` and a digest of the step and the question."""
    text: str
    """The question."""
    choices: tuple[str, ...] = ()
    """Answers to choose from; any other text is an answer too, unless this is an approval."""
    is_approval: bool = False
    """Whether a tool call waits to be allowed; anything but the choice that allows it is a refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswered:
    """The first answer to a question; `by` says where it came from."""

    step: str
    """Id of the step."""
    question_id: str
    """The question that is answered."""
    text: str
    """The answer."""
    by: str
    """Where it came from, such as `terminal`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired:
    """A time that the state was waiting for has come; `step` is empty for the run's own timers."""

    timer: TimerKind
    """What the timer was set for: `retry`, `step_timeout`, `run_timeout` or `drain`."""
    step: str = ""
    """Id of the step; empty for timers of the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRequested:
    """Nothing more is started.

    What runs may end within `grace_s` seconds (0: stopped at once; None: no bound).
    """

    reason: StopReason
    """Who or what stops the run, of the reasons below."""
    grace_s: float | None
    """How long running steps may take to end, in seconds; null for as long as they need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    """The last event of an owner; a later `RunClaimed` may follow."""

    status: RunStatus
    """`completed`, `failed`, `interrupted` or `waiting`."""
    reason: StopReason | None = None
    """Why the run stopped before its end, if it did."""


Fact: TypeAlias = (
    RunCreated
    | RunClaimed
    | RunReopened
    | AttemptStarted
    | AttemptFailed
    | AttemptContinued
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

AttemptFact: TypeAlias = TurnTaken | ToolCalled | ToolReturned | AnswerRefused | MemoryWritten | QuestionAsked
"""What an attempt records while it is under way."""

AnyAttemptFact = TypeVar("AnyAttemptFact", bound=AttemptFact)

WIRE_NAMES: Final[Mapping[type[Fact], str]] = {
    RunCreated: "run.created",
    RunClaimed: "run.claimed",
    RunReopened: "run.reopened",
    AttemptStarted: "attempt.started",
    AttemptFailed: "attempt.failed",
    AttemptContinued: "attempt.continued",
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
