"""Whether a forecast keeps to what may be spent, and whether that has room for a request at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from goflow.cli.columns import cut
from goflow.cli.plan_ranges import money, times, tokens
from goflow.projections.forecast_values import Range
from goflow.projections.quantities import at_least_usd
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.api.forecasting import Outlook
    from goflow.planning.plan import PlannedBudget
    from goflow.projections.forecast_values import StepForecast

_WORDS: Final = {
    "exceeds": "will be exceeded",
    "may exceed": "may be exceeded",
    "too small": "is too little",
    "may be too small": "may be too little",
    "within": "is kept",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An amount of a budget, and how the forecast stands to it.

    The verdict is `within`, `may exceed` or `exceeds`; or `too small` or `may be too small` where what is
    reserved for a request has no room beside what is spent before it. `step` is empty for the run's own.
    """

    step: str
    what: str
    amount: float
    verdict: str
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reserve:
    """What is reserved for a request of a step, and how much that is more than it takes."""

    amount: float = 0.0
    unused: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spent:
    """What is expected to be spent of an amount, with a reserve for each step that spends it."""

    what: str
    found: Range | None
    write: Callable[[float], str]
    reserves: Sequence[_Reserve] = ()

    def judge(self, step: str, amount: float, found: Range) -> Judged:
        """Hold an amount against what is expected."""
        verdict = self._verdict(amount, found)
        told = f"{self.write(amount)}{f' of {cut(step, 40)}' if step else ''} {_WORDS[verdict]}"
        if "too small" in verdict:
            most = max(reserve.amount for reserve in self.reserves)
            told = f"{told}: {self.write(most)} or more is reserved for a request"
        return Judged(step=step, what=self.what, amount=amount, verdict=verdict, told=told)

    def _verdict(self, amount: float, found: Range) -> str:
        """Compare what is spent, and what is reserved for the last request, whichever it is."""
        unused = [reserve.unused for reserve in self.reserves] or [0.0]
        if found.low > amount:
            return "exceeds"
        has_no_room = any(reserve.amount > amount for reserve in self.reserves)
        if has_no_room or found.low + min(unused) > amount:
            return "too small"
        if found.high > amount:
            return "may exceed"
        return "may be too small" if found.high + max(unused) > amount else "within"


def budgets_of(outlook: Outlook) -> Iterator[Judged]:
    """Yield each amount of the run's budget, and of its steps'."""
    found = outlook.forecast
    every = list(found.steps.values())
    whole = (
        _money(outlook, found.cost_usd, every),
        _tokens(outlook, found.tokens, every),
        _Spent(what="time", found=found.wall_ms, write=times),
    )
    yield from _judged("", outlook.plan.budget, whole)
    for name, step in outlook.plan.steps.items():
        expected = found.steps[name]
        of_step = (
            _money(outlook, expected.cost_usd, [expected]),
            _tokens(outlook, _tokens_of(expected), [expected]),
            _Spent(what="time", found=expected.duration_ms, write=times),
        )
        yield from _judged(name, step.budget, of_step)


def _judged(step: str, budget: PlannedBudget | None, spent: Sequence[_Spent]) -> Iterator[Judged]:
    if budget is None:
        return
    for each, amount in zip(spent, (budget.cost_usd, budget.tokens, budget.time_ms), strict=True):
        if amount is not None and each.found is not None:
            yield each.judge(step, amount, each.found)


def _money(outlook: Outlook, found: Range | None, steps: Sequence[StepForecast]) -> _Spent:
    reserves = []
    for step in steps:
        need = outlook.reserves.get(step.step)
        if need is not None and need.cost_usd is not None and step.cost_usd is not None:
            reserves.append(_reserve(at_least_usd(need.cost_usd), step.cost_usd, step))
    return _Spent(what="cost_usd", found=found, write=money, reserves=reserves)


def _tokens(outlook: Outlook, found: Range, steps: Sequence[StepForecast]) -> _Spent:
    reserves = [
        _reserve(need.tokens, _tokens_of(step), step)
        for step in steps
        if (need := outlook.reserves.get(step.step)) is not None
    ]
    return _Spent(what="tokens", found=found, write=tokens, reserves=reserves)


def _reserve(amount: float, taken: Range, step: StepForecast) -> _Reserve:
    a_request = taken.middle / max(1.0, step.requests.middle)
    return _Reserve(amount=amount, unused=max(0.0, amount - a_request))


def _tokens_of(step: StepForecast) -> Range:
    one, other = step.input_tokens, step.output_tokens
    return Range(low=one.low + other.low, middle=one.middle + other.middle, high=one.high + other.high)
