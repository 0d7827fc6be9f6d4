"""What happens while a step is attempted."""

from __future__ import annotations

from goflow.events.parts import NO_USAGE, Failure, Usage
from goflow.values import dataclass


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
class CallThrottled:
    """A request to a model waits for its turn; the step keeps its slot, and its timeout stands still."""

    step: str
    """Id of the step."""
    attempt: int
    """Number of the attempt."""
    limit: str
    """What makes it wait: a model as `provider:name`, or `budget`."""
    reason: str
    """Why, in words, such as `20 requests a minute`."""
    until_ms: int | None = None
    """When it may go on, where that is known; others may come first."""
    waited_ms: int = 0
    """How long it had waited by then: short waits are not told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAdmitted:
    """A request that waited for its turn is sent now."""

    step: str
    """Id of the step."""
    attempt: int
    """Number of the attempt."""
    waited_ms: int
    """How long it waited."""


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
