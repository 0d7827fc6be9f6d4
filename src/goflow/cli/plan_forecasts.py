"""The forecast of `goflow plan`, and what becomes of it if something is otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from goflow.api.forecasting import look_ahead
from goflow.cli.answered_by import AnsweredBy
from goflow.cli.plan_forecast_document import forecast_document
from goflow.cli.plan_forecast_page import forecast_page
from goflow.cli.plan_wanted import rehearse_wanted
from goflow.cli.plan_what_if import WhatIf, read_what_if
from goflow.cli.plan_what_if_page import what_if_page
from goflow.cli.values import one_of
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.api.forecasting import Outlook
    from goflow.api.simulating import Rehearsal
    from goflow.cli.plan_wanted import Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecasts:
    """The plain forecast, and the other one with what was asked for."""

    plain: Outlook
    other: tuple[WhatIf, Outlook] | None = None

    def page(self) -> str:
        """Return the sections for people."""
        page = forecast_page(self.plain)
        if self.other is None:
            return page
        what_if, outlook = self.other
        return page + what_if_page(self.plain, outlook, what_if.written)

    def document(self) -> dict[str, Any]:
        """Return the keys for programs."""
        found: dict[str, Any] = {"forecast": forecast_document(self.plain)}
        if self.other is not None:
            what_if, outlook = self.other
            changes = {"max_concurrency": what_if.max_concurrency, "model": what_if.model, "rpm": what_if.rpm}
            given = {name: value for name, value in changes.items() if value is not None}
            found["what_if"] = {"changes": given, "forecast": forecast_document(outlook)}
        return found


def forecast_wanted(rehearsal: Rehearsal, wanted: Wanted, file: str) -> Forecasts:
    """Forecast a run as it is, and otherwise where that is asked for."""
    backend = None if wanted.backend is None else one_of(AnsweredBy, "--backend", wanted.backend).value
    what_if = read_what_if(wanted.what_if) if wanted.what_if else None
    plain = look_ahead(rehearsal.prepared, backend=backend)
    if what_if is None:
        return Forecasts(plain=plain)
    changed = rehearse_wanted(file, _changed(wanted, what_if))
    return Forecasts(
        plain=plain, other=(what_if, look_ahead(changed.prepared, backend=backend, rpm=what_if.rpm))
    )


def _changed(wanted: Wanted, what_if: WhatIf) -> Wanted:
    slots = what_if.max_concurrency
    return replace(
        wanted,
        model=what_if.model or wanted.model,
        max_concurrency=wanted.max_concurrency if slots is None else str(slots),
    )
