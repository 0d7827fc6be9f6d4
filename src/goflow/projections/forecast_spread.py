"""Ranges of what was drawn, as wide as the few runs that they were learned from make them."""

from __future__ import annotations

from math import exp, log, sqrt
from typing import TYPE_CHECKING, Final

from goflow.projections.forecast_values import Range
from goflow.projections.shares import at_share
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from goflow.projections.forecast_values import Chance

SHARE: Final = 0.05
"""How much of what is drawn lies below a range, and how much above it."""
LEAST_RATIO: Final = 1.08
"""Nothing is known better than this factor, up and down."""

_NORMAL: Final = 1.645
"""So many standard deviations leave `SHARE` out on a side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value that was drawn, and the factor of its run, as a logarithm.

    Those of another `kind` (other steps left out) are not taken for deviations of each other.
    """

    value: float
    off: float = 0.0
    kind: Hashable = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """From how many runs values were learned, and of how many parts each is a sum."""

    runs: int
    parts: float


def range_of(values: Sequence[float]) -> Range:
    """Return the range of one or more values."""
    found = count_range(values)
    low, high = found.middle / LEAST_RATIO, found.middle * LEAST_RATIO
    return Range(low=min(found.low, low), middle=found.middle, high=max(found.high, high))


def count_range(values: Sequence[float]) -> Range:
    """Return the range of numbers that can be known exactly."""
    line = sorted(values)
    low, middle, high = (at_share(line, share) for share in (SHARE, 0.5, 1 - SHARE))
    return Range(low=low, middle=middle, high=high)


def smeared(drawn: Sequence[Value], basis: Basis, chance: Chance) -> list[float]:
    """Return values that vary as much more as learning from few runs calls for.

    Their middle is not where it seems: what varies independently of the run does so by `1 + 1/n`. How much
    it varies is not known well either: Student's t, in whose degrees of freedom each of the `parts` counts
    that the whole is a sum of.
    """
    runs = basis.runs
    freedom = max(1.0, (runs - 1) * basis.parts + 1)
    varied = (runs - 1) / runs + 1 / runs**2  # so much of its variance is in what was drawn
    more = (1 + 1 / runs) / varied * (_student(freedom) / _NORMAL) ** 2 - 1
    sd = sqrt(more * _variance(drawn))
    return [each.value * exp(chance.gauss(0, sd)) for each in drawn]


def _variance(drawn: Sequence[Value]) -> float:
    """Return the variance of the logarithms within each kind, the factors of runs left aside."""
    kinds: dict[Hashable, list[float]] = {}
    for each in drawn:
        if each.value > 0:
            kinds.setdefault(each.kind, []).append(log(each.value) - each.off)
    squares = sum(_squares(logs) for logs in kinds.values())
    return squares / max(1, sum(len(logs) - 1 for logs in kinds.values()))


def _squares(logs: Sequence[float]) -> float:
    mean = sum(logs) / len(logs)
    return sum((each - mean) ** 2 for each in logs)


def _student(freedom: float) -> float:
    """Return Student's quantile in the place of `_NORMAL`, by Cornish and Fisher's expansion."""
    z = _NORMAL
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    return z + (z**3 + z) / (4 * freedom) + second / freedom**2


def parts_of(values: Sequence[float]) -> float:
    """Return of how many equal parts a sum is as good as made: 1 where one of them is nearly all."""
    squares = sum(value * value for value in values)
    return sum(values) ** 2 / squares if squares else 1.0


def student(chance: Chance, freedom: int) -> float:
    """Return a number of Student's distribution with so many degrees of freedom."""
    squares = sum(chance.gauss(0, 1) ** 2 for _ in range(freedom))
    return chance.gauss(0, 1) / sqrt(squares / freedom)
