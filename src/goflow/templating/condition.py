"""Conditions: whether a step runs, and the reason where it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A test of an earlier step's whole output; all that are given must hold, all values of each."""

    step: str
    """The step whose output is tested; must be upstream."""
    contains: tuple[str, ...] = ()
    """Texts the output must contain."""
    not_contains: tuple[str, ...] = ()
    """Texts the output must not contain."""
    equals: tuple[str, ...] = ()
    """Texts the output must equal, both trimmed."""
    not_equals: tuple[str, ...] = ()
    """Texts the output must not equal, both trimmed."""


def unmet_reason(condition: Condition, output: str, fill_in: Callable[[str], str]) -> str | None:
    """Return why `condition` does not hold for `output`, or None where it holds.

    `fill_in` renders the templates in a condition's values. An empty value counts as absent.
    """
    trimmed = output.strip()
    for verb, values, holds in (
        ("does not contain", condition.contains, lambda value: value in output),
        ("contains", condition.not_contains, lambda value: value not in output),
        ("does not equal", condition.equals, lambda value: value.strip() == trimmed),
        ("equals", condition.not_equals, lambda value: value.strip() != trimmed),
    ):
        for value in _given(values, fill_in):
            if not holds(value):
                return f"condition not met: step '{condition.step}' {verb} '{value}'"
    return None


def _given(values: Iterable[str], fill_in: Callable[[str], str]) -> list[str]:
    return [value for value in map(fill_in, values) if value]
