"""What a step may take of which no earlier run is known: a wide guess, and marked as one."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING, Final

from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.projections.forecast_values import Asked, Chance

_OUTPUT: Final = 400
_OUTPUT_SD: Final = 0.6
_START_MS: Final = 800
_MS_PER_TOKEN: Final = 20
_SPEED_SD: Final = 0.4
_COMMON_SD: Final = 0.5
_MOST_CALLS: Final = 4
"""How often a step is asked, at most, that may use tools."""
_SELDOM: Final = 3
"""How much seldomer many calls are than few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What a step takes in one course; `cost_usd` is None where its model has no known price."""

    duration_ms: float
    calls: int
    input_tokens: float
    output_tokens: float
    cost_usd: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """By which factors all guesses of a course are off together: in tokens, in time."""

    larger: float = 1.0
    slower: float = 1.0


def draw_guess(chance: Chance) -> Guess:
    """Draw how far guesses are off: what is unknown of one step is unknown of all."""
    return Guess(larger=exp(chance.gauss(0, _COMMON_SD)), slower=exp(chance.gauss(0, _COMMON_SD)))


def guess(asked: Asked, read: float, off: Guess, chance: Chance) -> Drawn:
    """Draw what a step may take whose prompt is given outputs of so many tokens."""
    calls = 1 + int(chance.random() ** _SELDOM * _MOST_CALLS) if asked.has_tools else 1
    each = _OUTPUT * off.larger * exp(chance.gauss(0, _OUTPUT_SD))
    if asked.most_output is not None:
        each = min(each, asked.most_output)
    output_tokens = calls * each
    # each further call is given the prompt once more, and what was said so far
    input_tokens = calls * (asked.input_tokens + read) + each * calls * (calls - 1) / 2
    speed = off.slower * exp(chance.gauss(0, _SPEED_SD))
    return Drawn(
        duration_ms=(calls * _START_MS + output_tokens * _MS_PER_TOKEN) * speed,
        calls=calls,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cost_usd=asked.cost_of(input_tokens, output_tokens),
    )
