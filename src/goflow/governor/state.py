"""What is remembered of a bucket, all of it numbers; names that end in `_at` are moments in seconds."""

from __future__ import annotations

import dataclasses
from dataclasses import field
from itertools import accumulate, pairwise
from operator import attrgetter
from typing import Final

from goflow.governor.told import Told
from goflow.values import dataclass

START: Final = 12.0
"""How many calls in flight an unknown provider gets at first."""


@dataclass(slots=True)
class Counts:
    """What was granted, ever and now; `seen_at` is the latest time that was passed in."""

    seen_at: float = 0.0
    granted: float = 0.0
    granted_tokens: float = 0.0
    granted_at: float = 0.0
    in_flight: float = 0.0
    requests_used_until_at: float = 0.0
    tokens_used_until_at: float = 0.0


@dataclass(slots=True)
class Learned:
    """What refusals taught: calls a second (zero: not known), and how many may be in flight.

    `ceiling` is the rate at which they were refused last (zero: not known).
    `token_ratio` is how many tokens calls take for each that they were thought to (zero: not known).
    """

    window: float = START
    window_full_at: float = 0.0
    rate: float = 0.0
    rate_at: float = 0.0
    ceiling: float = 0.0
    used_until_at: float = 0.0
    learned_at: float = 0.0
    refusal_delay_s: float = 0.0
    token_ratio: float = 0.0


@dataclass(slots=True)
class Epoch:
    """From one resumption to the next, and the refusals that end it.

    It began at `began_at`; `granted` calls went since the last pause, `carried` were taken before. A round
    of refusals is open (`refused` is not zero) from the first refusal until calls go again; it is about the
    calls up to number `last`. `rate_before` was the rate when it was opened, and `empty` counts the rounds
    in a row in which nothing was taken.
    """

    began_at: float = 0.0
    granted: float = 0.0
    carried: float = 0.0
    refused: float = 0.0
    refused_at: float = 0.0
    last: float = 0.0
    asked_s: float = -1.0
    learns: float = 0.0
    rate_before: float = 0.0
    empty: float = 0.0
    paused_until_at: float = 0.0


@dataclass(slots=True)
class State:
    """All of it."""

    counts: Counts = field(default_factory=Counts)
    learned: Learned = field(default_factory=Learned)
    epoch: Epoch = field(default_factory=Epoch)
    requests: Told = field(default_factory=Told)
    tokens: Told = field(default_factory=Told)

    def shift(self, seconds: float) -> None:
        """Move every moment: the clock has been set."""
        for part, name in _MOMENTS:
            holder = getattr(self, part)
            if moment := getattr(holder, name):
                setattr(holder, name, moment + seconds)


_PARTS: Final = {"counts": Counts, "learned": Learned, "epoch": Epoch, "requests": Told, "tokens": Told}
_NAMES: Final = {part: [each.name for each in dataclasses.fields(kind)] for part, kind in _PARTS.items()}
_MOMENTS: Final = [(part, name) for part, names in _NAMES.items() for name in names if name.endswith("_at")]
_READ: Final = attrgetter(*(f"{part}.{name}" for part, names in _NAMES.items() for name in names))

_ENDS: Final = list(accumulate(map(len, _NAMES.values())))
_SLICES: Final = [slice(start, end) for start, end in pairwise([0, *_ENDS])]
SIZE: Final = _ENDS[-1]
"""How many numbers a state is."""


def to_numbers(state: State) -> tuple[float, ...]:
    """Return the state as numbers."""
    numbers: tuple[float, ...] = _READ(state)
    return numbers


def from_numbers(numbers: tuple[float, ...]) -> State:
    """Return the state that `to_numbers` was given."""
    counts, learned, epoch, requests, tokens = _SLICES
    return State(
        Counts(*numbers[counts]),
        Learned(*numbers[learned]),
        Epoch(*numbers[epoch]),
        Told(*numbers[requests]),
        Told(*numbers[tokens]),
    )
