"""`--confirm-over`: what may cost more than this is not begun without a word."""

from __future__ import annotations

import asyncio
import math
import re
from typing import TYPE_CHECKING, Final

from goflow.cli.flags import Flag
from goflow.cli.streams import say
from goflow.errors import UsageError
from goflow.problems import shown

if TYPE_CHECKING:
    from goflow.api import Prepared
    from goflow.api.forecasting import Outlook
    from goflow.cli.answerers import FirstOf

CONFIRM_OVER: Final = Flag(
    names=("--confirm-over",),
    value="USD",
    help="Begin a run that may cost more, as `goflow plan` forecasts it, only if somebody says yes.",
)
_DOLLARS: Final = re.compile(r"\$?([0-9]{1,9}(?:\.[0-9]{1,9})?)")
_YES: Final = "yes, begin"
_CHOICES: Final = ("no", _YES)


def confirm_cost(prepared: Prepared, written: str | None, answerer: FirstOf) -> None:
    """Ask a person whether a run that may cost more than an amount is to begin.

    Raises `UsageError` where nobody says yes.
    """
    if written is None:
        return
    amount = _dollars(written)
    from goflow.api.forecasting import look_ahead

    outlook = look_ahead(prepared, backend=prepared.answering.backend)
    _warn_of_unpriced(outlook)
    most = _most(outlook)
    if most > amount and not (answerer.has_person and _is_granted(_told(outlook, most), answerer)):
        raise UsageError(
            f"{_told(outlook, most)}, which is more than `--confirm-over {amount:g}`: nothing was begun",
            help="say a higher amount, or bound what is spent: "
            f"`--confirm-over {_cents(most):g}`, `--budget cost_usd={amount:g}`",
        )


def _dollars(written: str) -> float:
    found = _DOLLARS.fullmatch(written)
    if found is None:
        raise UsageError(f"`--confirm-over` takes US dollars, as in `2.00`, not {shown(written)}")
    return float(found[1])


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
    from goflow.events import QuestionAsked

    question = QuestionAsked(
        step="goflow",
        attempt=1,
        question_id="",
        text=f"{told[0].upper()}{told[1:]}. Begin?",
        choices=_CHOICES,
        is_approval=True,
    )
    answer = asyncio.run(answerer.answer(question))
    return answer is not None and answer[0] == _YES
