"""What a condition demands, in words: what makes it hold, and what makes it fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from goflow.templating import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One test of an answer, as in `contains 'PASSED'`, and its opposite."""

    holds: str
    fails: str


def demands_of(condition: Condition, fill_in: Callable[[str], str]) -> tuple[Demand, ...]:
    """Return the tests that count; `fill_in` renders their texts, and an empty one is no test."""
    return tuple(_demands(condition, fill_in))


def _demands(condition: Condition, fill_in: Callable[[str], str]) -> Iterator[Demand]:
    for test, values in condition.tests():
        for value in filter(None, map(fill_in, values)):
            yield Demand(holds=f"{test.holds} '{value}'", fails=f"{test.fails} '{value}'")
