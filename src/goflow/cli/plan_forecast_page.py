"""What `goflow plan` prints for people of what a run can be expected to take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from goflow.cli.columns import aligned, cut
from goflow.cli.plan_budgets import budgets_of
from goflow.cli.plan_forecast_asks import asks
from goflow.cli.plan_forecast_steps import steps_table
from goflow.cli.plan_ranges import UNPRICED, counted, money, times, tokens, whole
from goflow.cli.plan_texts import WIDEST
from goflow.problems import count_of
from goflow.projections.forecast_values import Bound, Source

if TYPE_CHECKING:
    from goflow.api.forecasting import Outlook

_MOST_ON_PATH: Final = 12
_WIDEST_NAME: Final = 40


def forecast_page(outlook: Outlook) -> str:
    """Return the section; nothing of a model's or a file's text stands in it but names."""
    head = "".join(f"  {line}\n" for line in aligned(list(head_rows(outlook))).splitlines())
    table = steps_table(outlook.forecast.steps.values())
    steps = "".join(f"  {line}\n" for line in table.splitlines())
    return f"\nforecast\n{head}\n{steps}"


def head_rows(outlook: Outlook) -> Iterator[tuple[str, str]]:
    """Yield what is said of the run as a whole."""
    found = outlook.forecast
    yield "from", basis(outlook)
    yield "cost", cost_of(outlook)
    yield "time", whole(found.wall_ms, times)
    yield "tokens", whole(found.tokens, tokens)
    yield "requests", whole(found.requests, counted)
    yield "longest way", _path(outlook)
    yield "bound by", bound_of(outlook)
    yield from asks(outlook)
    for budget in budgets_of(outlook):
        yield "budget", budget.told


def basis(outlook: Outlook) -> str:
    """Say what the forecast rests on."""
    count = outlook.forecast.runs
    if count:
        guessed = sum(step.source is Source.GUESS for step in outlook.forecast.steps.values())
        rest = f"; a guess for {count_of(guessed, 'step')} that none of them completed" if guessed else ""
        return f"{count_of(count, 'earlier run')} (`{outlook.backend}`){rest}"
    others = [f"{count} of `--backend {name}`" for name, count in outlook.other_runs.items()]
    elsewhere = f", but {' and '.join(others)}" if others else ""
    return f"a guess: no earlier run{elsewhere}"


def cost_of(outlook: Outlook) -> str:
    """Say what the run costs; what has no known price is said to have none."""
    found = outlook.forecast
    if found.cost_usd is None:
        return f"{UNPRICED}: no price is known of {models_told(outlook, found.unpriced)}"
    known = whole(found.cost_usd, money)
    if not found.unpriced:
        return known
    unpriced = count_of(len(found.unpriced), "step")
    return f"{known} + {unpriced} {UNPRICED} ({models_told(outlook, found.unpriced)})"


def models_told(outlook: Outlook, steps: Sequence[str]) -> str:
    """Name the models of steps."""
    names = dict.fromkeys(outlook.chosen[step].who for step in steps if step in outlook.chosen)
    return cut(", ".join(names) or "any model", WIDEST)


def _path(outlook: Outlook) -> str:
    found = outlook.forecast
    names = [cut(name, _WIDEST_NAME) for name in found.path[:_MOST_ON_PATH]]
    more = len(found.path) - len(names)
    told = " > ".join([*names, *([f"{more} more"] if more else [])])
    return f"{told}: {found.path_share:.0%} of the time"


def bound_of(outlook: Outlook) -> str:
    """Say what would shorten the run."""
    match outlook.forecast.bound:
        case Bound.PATH:
            return "the longest way, not by slots or limits"
        case Bound.SLOTS:
            return f"max_concurrency: {outlook.plan.max_concurrency}"
        case Bound.LIMITS:
            return f"limits: {', '.join(cut(name, WIDEST) for name in outlook.limits)}"
