"""What a bucket answers to a call that asks to go."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from goflow.values import dataclass


class Reason(StrEnum):
    """Why a call waits."""

    PAUSED = "paused"
    """The provider refused a call, and all of them wait until it takes calls again."""
    REQUESTS = "requests"
    """There would be too many requests a minute."""
    TOKENS = "tokens"
    """There would be too many tokens a minute."""
    CONCURRENCY = "concurrency"
    """As many calls are in flight as the user allows."""
    RAMP = "ramp"
    """As many calls are in flight as a provider that is not known yet gets at once."""
    BUSY = "busy"
    """Another process holds the bucket's file."""


class Refused(StrEnum):
    """What a refusal meant."""

    RATE = "rate"
    """Too much was asked: the bucket pauses, and learns."""
    OVERLOADED = "overloaded"
    """The provider cannot keep up, with whomever: the bucket pauses, and learns."""
    QUOTA = "quota"
    """An allowance is used up: the bucket pauses for as long as was told, if it was, and learns nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A call that may go; the numbers say how much the bucket had granted, with this call.

    `ratio` is what its tokens were multiplied by, from what calls before it took.
    """

    granted_at: float
    tokens: float
    ratio: float
    number: float
    token_number: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """The call may go at once."""

    ticket: Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """The call has to wait until then, in seconds, or, if that is None, until another has ended.

    It should ask again at `look_at`, which is earlier where waiting itself changes how long it has to.
    """

    until: float | None
    reason: Reason
    look_at: float | None = None

    @property
    def next_look(self) -> float | None:
        """Return when to ask again."""
        return self.until if self.look_at is None else self.look_at


Answer: TypeAlias = Granted | Wait
