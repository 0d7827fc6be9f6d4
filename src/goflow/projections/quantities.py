"""How tokens, money and time are written for people."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from goflow.projections.spending import Spending

THOUSAND: Final = 1000
MILLION: Final = 1_000_000
LAST_IN_THOUSANDS: Final = 999_949
"""More would be rounded to `1000.0k`."""
LAST_IN_SECONDS_MS: Final = 59_949
"""More would be rounded to `60.0s`."""
SMALL_COST_USD: Final = 0.1
_PARTS_OF_DOLLAR: Final = 10_000
"""Money is told to a hundredth of a cent."""
_ROUNDING: Final = 1e-6


def format_tokens(tokens: int) -> str:
    """Write a number of tokens: `940 tok`, `2.5k tok`, `1.2M tok`."""
    if tokens < THOUSAND:
        return f"{tokens} tok"
    if tokens <= LAST_IN_THOUSANDS:
        return f"{tokens / THOUSAND:.1f}k tok"
    return f"{tokens / MILLION:.1f}M tok"


def format_cost(spending: Spending) -> str:
    """Write a cost and what is missing from it: `$0.0061`, `$0.17 + 1 unpriced`; empty where all is free."""
    unpriced = f"{spending.unpriced} unpriced" if spending.unpriced else ""
    if spending.cost_usd is None:
        return unpriced
    digits = 4 if spending.cost_usd < SMALL_COST_USD else 2
    cost = f"${spending.cost_usd:.{digits}f}"
    return f"{cost} + {unpriced}" if unpriced else cost


def plain_usd(usd: float) -> str:
    """Write an amount of dollars as flags and files take it: `0.5`, `0.0000001`."""
    whole, _, part = f"{usd:.9f}".partition(".")
    part = part.rstrip("0")
    return f"{whole}.{part}" if part else whole


def at_least_usd(usd: float) -> float:
    """Return an amount that is no less, in hundredths of a cent."""
    return math.ceil(usd * _PARTS_OF_DOLLAR - _ROUNDING) / _PARTS_OF_DOLLAR


def at_most_usd(usd: float) -> float:
    """Return an amount that is no more, in hundredths of a cent; 0 for less than nothing."""
    return max(0, math.floor(usd * _PARTS_OF_DOLLAR + _ROUNDING)) / _PARTS_OF_DOLLAR


def format_time(milliseconds: int) -> str:
    """Write how long something took: `0.03s`, `4.2s`, `2m 05s`, `1h 03m`."""
    if milliseconds < THOUSAND:
        return f"{milliseconds / THOUSAND:.2f}s"
    if milliseconds <= LAST_IN_SECONDS_MS:
        return f"{milliseconds / THOUSAND:.1f}s"
    minutes, seconds = divmod(round(milliseconds / THOUSAND), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02}m" if hours else f"{minutes}m {seconds:02}s"


def format_moment(at_ms: int) -> str:
    """Write a moment as people read it: `2026-11-23 16:02 UTC`; what is no moment, as a number."""
    try:
        moment = datetime.fromtimestamp(at_ms / THOUSAND, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return f"{at_ms} ms after 1970"
    return f"{moment:%Y-%m-%d %H:%M} UTC"
