"""What is told of a run before it is one: ranges, and what they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from goflow.values import dataclass


class Source(StrEnum):
    """What a step's figures rest on."""

    RUNS = "runs"
    """Earlier runs that asked the same: the agent, the prompt as it was written, and the models."""
    OTHER_WORDS = "other words"
    """Earlier runs of a step with this id that was written differently, or asked another model."""
    GUESS = "guess"
    """Nothing but its texts: no earlier run is known."""


class Bound(StrEnum):
    """What a run's time hangs on most: what would shorten it if it were gone."""

    PATH = "critical path"
    SLOTS = "max_concurrency"
    LIMITS = "limits"


class Chance(Protocol):
    """A source of chance; `random.Random` is one."""

    def random(self) -> float:
        """Return a number from 0 to below 1."""

    def gauss(self, mu: float, sigma: float) -> float:
        """Return a normal number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """What is expected: as often above `middle` as below, seldom under `low` or over `high`."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars a token."""

    input_usd: float
    output_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is known of a step before a run without earlier ones.

    `input_tokens` are those of its own texts, counted roughly; those of the outputs that it `reads` come on
    top. `names` are those under which its model is known: an earlier price counts where one of these
    answered. Without a `price` it costs nothing if it `is_free`, else what nobody knows. `gate` names what
    bounds its calls.
    """

    input_tokens: int
    most_output: int | None = None
    has_tools: bool = False
    names: frozenset[str | None] = frozenset()
    price: Price | None = None
    is_free: bool = False
    gate: str = ""

    def cost_of(self, input_tokens: float, output_tokens: float) -> float | None:
        """Return what so many tokens cost; None where that is not known."""
        if self.price is None:
            return 0.0 if self.is_free else None
        return input_tokens * self.price.input_usd + output_tokens * self.price.output_usd


@dataclass(frozen=True, slots=True, kw_only=True)
class StepForecast:
    """What a step can be expected to take if it runs, and how often it is left out.

    `cost_usd` is None where the price of its model is not known. `runs` counts the earlier runs.
    """

    step: str
    source: Source
    runs: int
    requests: Range
    input_tokens: Range
    output_tokens: Range
    duration_ms: Range
    cost_usd: Range | None
    skip_rate: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a run can be expected to take.

    `cost_usd` is that of the steps whose price is known, None where there is none; `unpriced` are the others.
    `path` is the chain of steps that takes longest, and `path_share` its share of the expected time.
    """

    runs: int
    steps: Mapping[str, StepForecast]
    requests: Range
    tokens: Range
    cost_usd: Range | None
    wall_ms: Range
    unpriced: tuple[str, ...]
    path: tuple[str, ...]
    path_share: float
    bound: Bound
