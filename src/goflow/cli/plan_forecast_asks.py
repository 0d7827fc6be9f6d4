"""Which models a run would ask, what bounds their requests, and which cannot be asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from goflow.cli.columns import cut
from goflow.cli.plan_texts import WIDEST
from goflow.planning.rules.wording import listed
from goflow.problems import count_of

if TYPE_CHECKING:
    from goflow.api.forecasting import Outlook
    from goflow.api.forecasting_models import AskedModel
    from goflow.governor import LimitSpec

_BY_ITSELF: Final = "; it asks by itself: bounded is how many whole agents run at a time, not what they ask"


def asks(outlook: Outlook) -> Iterator[tuple[str, str]]:
    """Yield a title and a text for each model."""
    counts = Counter(model.model for model in outlook.chosen.values())
    if outlook.backend == "mock":
        yield "asks", "nobody: a mock answers"
    for name, count in counts.items():
        model = outlook.models[name]
        yield "asks", f"{cut(model.who, WIDEST)}: {count_of(count, 'step')}{_limit(outlook, model)}"
    for model in outlook.models.values():
        if model.missing:
            yield "missing", f"{_name(model)}: {cut(model.missing, 2 * WIDEST)}; {_instead(outlook, model)}"


def _limit(outlook: Outlook, model: AskedModel) -> str:
    given = outlook.limits.get(model.who)
    told = [] if given is None else list(_amounts(given, model))
    most = f", at most {', '.join(told)}" if told else ""
    return f"{most}{_BY_ITSELF}{_allowed(outlook, model)}" if model.is_copilot else most


def _amounts(given: LimitSpec, model: AskedModel) -> Iterator[str]:
    what = "commands" if model.is_copilot else "requests"
    if given.rpm is not None:
        yield f"{given.rpm:g} {what} a minute"
    if given.tpm is not None:
        yield f"{given.tpm:g} tokens a minute"
    if given.concurrency is not None:
        yield f"{given.concurrency:g} at a time"


def _allowed(outlook: Outlook, copilot: AskedModel) -> str:
    """Name the steps in which the command may use all of its tools."""
    steps = outlook.plan.steps
    free = [
        name
        for name, model in outlook.chosen.items()
        if model == copilot and name in steps and not steps[name].agent.tools
    ]
    return f"; it may use all of its tools in {listed(free)}" if free else ""


def _instead(outlook: Outlook, missing: AskedModel) -> str:
    """Say who is asked in place of a model that cannot be."""
    steps = [step for step in outlook.plan.steps.values() if missing.model in step.models]
    chosen = dict.fromkeys(outlook.chosen[step.id].model for step in steps)
    if missing.model in chosen:
        return "the run would not start"
    return f"in its place: {cut(', '.join(outlook.models[model].who for model in chosen), WIDEST)}"


def _name(model: AskedModel) -> str:
    return cut(model.model or "the provider's default", WIDEST)
