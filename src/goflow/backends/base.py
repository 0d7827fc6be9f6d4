"""The seam to whatever answers a prompt: plain data in, an outcome out, and the ports an attempt may use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import field
from typing import TYPE_CHECKING, Protocol, TypeAlias

from goflow.events import NO_USAGE, AnyAttemptFact, ConversationFact, Failure, ThrottleFact, Usage
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.workflow import ModelSettings, Permissions
    from goflow.workflow.policy import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedFile:
    """A file that goes with a prompt, as it was when the run began."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One attempt of one step: `system` and `prompt` as rendered, `model` None for the provider's default.

    `attempt` counts from 1 over the whole run, lost attempts too; `failed_attempts` counts those before that
    were journaled as failed, so that it is the same for a step that was cut off and one that was not.
    """

    run_id: str
    step: str
    attempt: int
    agent: str
    system: str
    prompt: str
    model: str | None
    failed_attempts: int = 0
    has_fallback: bool = False
    """Whether another model is asked where this one cannot be for long."""
    rank: int = 0
    """Which of several requests goes first where a model takes only so many: that with the lowest."""
    has_budget: bool = False
    """Whether what the request takes is bounded, and worth to be worked out beforehand."""
    tools: tuple[str, ...] | None = None
    interactive: bool = False
    streaming: bool = False
    workspace: str = "."
    extra_dirs: tuple[str, ...] = ()
    settings: ModelSettings | None = None
    permissions: tuple[Permissions, ...] = ()
    """What the workflow, the agent and the step allow, from general to specific."""
    shares_memory: bool = False
    output_schema: Mapping[str, Json] | None = None
    attachments: tuple[AttachedFile, ...] = ()
    so_far: tuple[ConversationFact, ...] = ()
    """What the step's model has said and been told before: the attempt goes on from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    """An answer; `model` is the one that gave it."""

    output: str
    model: str | None = None
    usage: Usage = NO_USAGE
    session_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """No answer, and why; `usage` is what the attempt consumed all the same."""

    failure: Failure
    usage: Usage = NO_USAGE


Outcome: TypeAlias = Success | Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """The most that one request can take; `cost_usd` is None where its price is not known."""

    tokens: int
    cost_usd: float | None = None


Settle: TypeAlias = Callable[[Usage], None]
"""Says what a request has really taken."""


class OverBudget(Exception):
    """The step's own budget does not allow a request; the message says what is spent of what."""


class Ports(Protocol):
    """What an attempt may ask of its run."""

    def progress(self, text: str) -> None:
        """Show a piece of the answer; costs nothing where nobody looks."""
        ...

    async def ask(self, question: str, choices: tuple[str, ...] = (), *, key: str = "") -> str:
        """Return a person's answer; the attempt holds no slot and its timeout stands still meanwhile.

        `key` names the question within its step, also after a resume; without one it is the question's text
        and how many were asked before. A question that nobody can answer stops the run, which cancels the
        attempt.
        """
        ...

    async def approve(self, question: str, choices: tuple[str, ...], *, key: str) -> str:
        """Return what a person says to a tool call; where nobody is there to say it, the empty text."""
        ...

    def approval(self, question: str, *, key: str) -> str:
        """Return what was said to a call before, the empty text where nobody has said anything."""
        ...

    async def record(self, fact: AnyAttemptFact) -> AnyAttemptFact:
        """Return the fact as it is kept, without secrets, when it is durable and believed."""
        ...

    def note(self, fact: ThrottleFact) -> None:
        """Hand in that a request waits for its turn, or has it, and return at once."""
        ...

    def reserve(self, need: Need) -> AbstractAsyncContextManager[Settle]:
        """Wait until the budget allows a request; what is not settled by the end is taken for nothing.

        A request that the run's budget does not allow stops the run, which cancels the attempt. Raises
        `OverBudget` for one that the step's own does not allow.
        """
        ...

    def read_memory(self) -> str:
        """Return the shared memory as agents are shown it now."""
        ...

    async def write_memory(self, text: str) -> None:
        """Add an entry to the shared memory; it is durable before anything that is recorded after it."""
        ...


class Backend(Protocol):
    """Answers requests, many at the same time.

    Failures are outcomes; cancelling `run` stops the work for real.
    """

    async def run(self, request: Request, ports: Ports) -> Outcome:
        """Make one attempt."""
        ...

    def versions(self) -> Mapping[str, str]:
        """Return the parts that shape answers and prices, by name."""
        ...


OpenBackend: TypeAlias = AbstractAsyncContextManager[Backend]
"""A backend's resources open once a run, and are closed by the task that opened them."""
