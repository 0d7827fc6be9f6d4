"""How a step ends."""

from __future__ import annotations

from goflow.events.attempts import MemoryWritten
from goflow.events.parts import NO_USAGE, Failure, Usage
from goflow.values import dataclass


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
