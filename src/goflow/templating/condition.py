"""Conditions: whether a step runs, and the reason where it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


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

    def tests(self) -> Iterator[tuple[Comparison, tuple[str, ...]]]:
        """Yield every way to compare, with the texts that are given for it."""
        for comparison in _COMPARISONS:
            yield comparison, getattr(self, comparison.field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A way to compare an output with a text: its field, and the words where it holds and where it fails."""

    field: str
    holds: str
    fails: str
    is_met: Callable[[str, str], bool]


def _contains(output: str, text: str) -> bool:
    return text in output


def _equals(output: str, text: str) -> bool:
    return text.strip() == output.strip()


_COMPARISONS: Final = (
    Comparison(field="contains", holds="contains", fails="does not contain", is_met=_contains),
    Comparison(
        field="not_contains",
        holds="does not contain",
        fails="contains",
        is_met=lambda output, text: not _contains(output, text),
    ),
    Comparison(field="equals", holds="equals", fails="does not equal", is_met=_equals),
    Comparison(
        field="not_equals",
        holds="does not equal",
        fails="equals",
        is_met=lambda output, text: not _equals(output, text),
    ),
)


def unmet_reason(condition: Condition, output: str, fill_in: Callable[[str], str]) -> str | None:
    """Return why `condition` does not hold for `output`, or None where it holds.

    `fill_in` renders the templates in a condition's values. An empty value counts as absent.
    """
    for comparison, values in condition.tests():
        for value in _given(values, fill_in):
            if not comparison.is_met(output, value):
                return f"condition not met: step '{condition.step}' {comparison.fails} '{value}'"
    return None


def _given(values: Iterable[str], fill_in: Callable[[str], str]) -> list[str]:
    return [value for value in map(fill_in, values) if value]
