"""Two forecasts side by side: of the run as it is, and as it would be otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from goflow.cli.columns import aligned, cut
from goflow.cli.plan_forecast_page import basis, bound_of, cost_of
from goflow.cli.plan_ranges import counted, times, tokens, whole

if TYPE_CHECKING:
    from goflow.api.forecasting import Outlook

_WIDEST: Final = 48


def what_if_page(plain: Outlook, other: Outlook, written: str) -> str:
    """Return the section; `written` is what was asked for."""
    rows: list[Sequence[str]] = [("", "as it is", cut(written, _WIDEST)), *_rows(plain, other)]
    lines = aligned(rows).splitlines()
    return "\nwhat if\n" + "".join(f"  {line}\n" for line in lines)


def _rows(plain: Outlook, other: Outlook) -> Iterator[Sequence[str]]:
    sides = (plain, other)
    yield "from", *(cut(basis(side), _WIDEST) for side in sides)
    yield "cost", *(cut(cost_of(side), _WIDEST) for side in sides)
    yield "time", *(whole(side.forecast.wall_ms, times) for side in sides)
    yield "tokens", *(whole(side.forecast.tokens, tokens) for side in sides)
    yield "requests", *(whole(side.forecast.requests, counted) for side in sides)
    yield "bound by", *(cut(bound_of(side), _WIDEST) for side in sides)
