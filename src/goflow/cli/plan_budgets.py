"""Whether a forecast keeps to what may be spent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from goflow.cli.columns import cut
from goflow.cli.plan_ranges import money, times, tokens
from goflow.projections.forecast_values import Range
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.api.forecasting import Outlook
    from goflow.planning.plan import PlannedBudget

_WORDS: Final = {"exceeds": "will be exceeded", "may exceed": "may be exceeded", "within": "is kept"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An amount of a budget, and how the forecast stands to it: `within`, `may exceed` or `exceeds`.

    `step` is empty for the run's own.
    """

    step: str
    what: str
    amount: float
    verdict: str
    told: str


def budgets_of(outlook: Outlook) -> Iterator[Judged]:
    """Yield each amount of the run's budget, and of its steps'."""
    found = outlook.forecast
    whole = _Expected(cost_usd=found.cost_usd, tokens=found.tokens, time_ms=found.wall_ms)
    yield from _judged("", outlook.plan.budget, whole)
    for name, step in outlook.plan.steps.items():
        expected = found.steps[name]
        used = _plus(expected.input_tokens, expected.output_tokens)
        of_step = _Expected(cost_usd=expected.cost_usd, tokens=used, time_ms=expected.duration_ms)
        yield from _judged(name, step.budget, of_step)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Expected:
    """What a run or a step is expected to spend."""

    cost_usd: Range | None
    tokens: Range
    time_ms: Range


def _judged(step: str, budget: PlannedBudget | None, expected: _Expected) -> Iterator[Judged]:
    if budget is None:
        return
    amounts = (
        ("cost_usd", budget.cost_usd, expected.cost_usd, money),
        ("tokens", budget.tokens, expected.tokens, tokens),
        ("time", budget.time_ms, expected.time_ms, times),
    )
    for what, amount, found, write in amounts:
        if amount is not None and found is not None:
            verdict = _verdict(amount, found)
            told = f"{write(amount)}{f' of {cut(step, 40)}' if step else ''} {_WORDS[verdict]}"
            yield Judged(step=step, what=what, amount=amount, verdict=verdict, told=told)


def _verdict(amount: float, found: Range) -> str:
    if found.low > amount:
        return "exceeds"
    return "may exceed" if found.high > amount else "within"


def _plus(one: Range, other: Range) -> Range:
    return Range(low=one.low + other.low, middle=one.middle + other.middle, high=one.high + other.high)
