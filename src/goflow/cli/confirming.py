"""`--confirm-over`: what may cost more than this is not begun without a word."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from goflow.cli.flags import Flag
from goflow.cli.granting import is_granted
from goflow.cli.streams import say
from goflow.cli.values import dollars
from goflow.errors import UsageError
from goflow.projections.quantities import plain_usd

if TYPE_CHECKING:
    from goflow.api import Prepared
    from goflow.api.forecasting import Outlook
    from goflow.cli.answerers import FirstOf

CONFIRM_OVER: Final = Flag(
    names=("--confirm-over",),
    value="USD",
    help="Begin a run that may cost more, as `goflow plan` forecasts it, only if somebody says yes.",
)
_YES: Final = "yes, begin"


def read_confirm_over(written: str | None) -> float | None:
    """Return the amount that a flag gives."""
    return None if written is None else dollars("--confirm-over", written, as_in="2.00")


def confirm_cost(prepared: Prepared, amount: float | None, answerer: FirstOf) -> None:
    """Ask a person whether a run that may cost more than an amount is to begin.

    Raises `UsageError` where nobody says yes.
    """
    if amount is None:
        return
    from goflow.api.forecasting import look_ahead

    outlook = look_ahead(prepared, backend=prepared.answering.backend)
    _warn_of_unpriced(outlook)
    most = _most(outlook)
    if most > amount and not (answerer.has_person and _is_granted(_told(outlook, most), answerer)):
        over = f"which is more than `--confirm-over {plain_usd(amount)}`"
        raise UsageError(f"{_told(outlook, most)}, {over}: nothing was begun", help=_ways_on(most, amount))


def _ways_on(most: float, amount: float) -> str:
    """Name a higher amount, and a budget; one of nothing would be none."""
    higher = f"`--confirm-over {plain_usd(_cents(most))}`"
    if not amount:
        return f"say a higher amount: {higher}"
    bounded = f"`--budget cost_usd={plain_usd(amount)}`"
    return f"say a higher amount, or bound what is spent: {higher}, {bounded}"


def _most(outlook: Outlook) -> float:
    """Return the high end of the cost; a budget is never overspent."""
    cost, budget = outlook.forecast.cost_usd, outlook.plan.budget
    most = 0.0 if cost is None else cost.high
    return most if budget is None or budget.cost_usd is None else min(most, budget.cost_usd)


def _cents(usd: float) -> float:
    """Return an amount that is not less, in cents, or finer where it is small."""
    digits = 2 if usd >= 1 else 4
    return math.ceil(usd * 10.0**digits) / 10.0**digits


def _told(outlook: Outlook, most: float) -> str:
    from goflow.cli.plan_forecast_page import basis
    from goflow.cli.plan_ranges import money

    return f"the run may cost up to {money(most)} (from {basis(outlook)})"


def _warn_of_unpriced(outlook: Outlook) -> None:
    from goflow.cli.plan_forecast_page import models_told

    if outlook.forecast.unpriced:
        names = models_told(outlook, outlook.forecast.unpriced)
        say(f"note: no price is known of {names}: what it costs is outside `--confirm-over`\n")


def _is_granted(told: str, answerer: FirstOf) -> bool:
    return is_granted(f"{told[0].upper()}{told[1:]}. Begin?", yes=_YES, answerer=answerer)
