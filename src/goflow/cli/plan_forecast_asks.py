"""Which models a run would ask, what bounds their requests, and which cannot be asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from goflow.cli.columns import cut
from goflow.cli.plan_forecast_words import told_steps
from goflow.cli.plan_texts import WIDEST

if TYPE_CHECKING:
    from goflow.api.forecasting import Outlook
    from goflow.api.forecasting_models import AskedModel


def asks(outlook: Outlook) -> Iterator[tuple[str, str]]:
    """Yield a title and a text for each model."""
    counts = Counter(model.model for model in outlook.chosen.values())
    if outlook.backend == "mock":
        yield "asks", "nobody: a mock answers"
    for name, count in counts.items():
        model = outlook.models[name]
        yield "asks", f"{cut(model.who, WIDEST)}: {told_steps(count)}{_limit(outlook, model)}"
    for model in outlook.models.values():
        if model.missing:
            yield "missing", f"{_name(model)}: {cut(model.missing, 2 * WIDEST)}; {_instead(outlook, model)}"


def _limit(outlook: Outlook, model: AskedModel) -> str:
    if model.is_copilot:
        return "; it asks by itself: max_concurrency is all that bounds it"
    given = outlook.limits.get(model.who)
    if given is None:
        return ""
    told = [
        f"{amount:g} {what}"
        for amount, what in (
            (given.rpm, "requests a minute"),
            (given.tpm, "tokens a minute"),
            (given.concurrency, "at a time"),
        )
        if amount is not None
    ]
    return f", at most {', '.join(told)}"


def _instead(outlook: Outlook, missing: AskedModel) -> str:
    """Say who is asked in place of a model that cannot be."""
    steps = [step for step in outlook.plan.steps.values() if missing.model in step.models]
    chosen = dict.fromkeys(outlook.chosen[step.id].model for step in steps)
    if missing.model in chosen:
        return "the run would not start"
    return f"in its place: {cut(', '.join(outlook.models[model].who for model in chosen), WIDEST)}"


def _name(model: AskedModel) -> str:
    return cut(model.model or "the provider's default", WIDEST)
