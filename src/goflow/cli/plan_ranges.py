"""How ranges are written for people."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from goflow.projections.quantities import SMALL_COST_USD, format_time, format_tokens

if TYPE_CHECKING:
    from goflow.projections.forecast_values import Range

UNPRICED: Final = "unpriced"
"""What stands in place of money where no price is known."""

_SMALLEST_USD: Final = 0.0001


def whole(found: Range, write: Callable[[float], str]) -> str:
    """Write a range and its middle: `$0.10 to $0.30, about $0.20`."""
    low, middle, high = write(found.low), write(found.middle), write(found.high)
    return middle if low == high else f"{low} to {high}, about {middle}"


def short(found: Range, write: Callable[[float], str]) -> str:
    """Write a range alone, for a table: `1.0s..3.0s`."""
    low, high = write(found.low), write(found.high)
    return low if low == high else f"{low}..{high}"


def money(usd: float) -> str:
    """Write US dollars; what is not nothing never looks like it."""
    if 0 < usd < _SMALLEST_USD:
        return "<$0.0001"
    return f"${usd:.{4 if usd < SMALL_COST_USD else 2}f}"


def times(milliseconds: float) -> str:
    """Write a time."""
    return format_time(round(milliseconds))


def tokens(count: float) -> str:
    """Write a number of tokens."""
    return format_tokens(round(count))


def counted(count: float) -> str:
    """Write a number."""
    return f"{round(count)}"
