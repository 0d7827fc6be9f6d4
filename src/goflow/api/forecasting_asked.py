"""What is known of a plan's steps before a run, without earlier ones: their texts, their models, prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from goflow.projections.forecast_values import Asked
from goflow.projections.planned_view import PlannedText, planned_texts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from goflow.api.forecasting_models import AskedModel
    from goflow.planning.plan import Plan

_BYTES_PER_TOKEN: Final = 4
_TOKENS_OF_FRAME: Final = 16
_TOKENS_OF_FILE: Final = 1_000
"""What an attached file is taken for."""


def asked_of(plan: Plan, chosen: Mapping[str, AskedModel], limits: Collection[str]) -> dict[str, Asked]:
    """Return what is known of each step; `limits` are the full names of models whose calls are bounded."""
    return {
        text.step.id: _asked(text, chosen.get(text.step.id), limits)
        for text in planned_texts(plan, lambda text: text)
    }


def _asked(text: PlannedText, model: AskedModel | None, limits: Collection[str]) -> Asked:
    step = text.step
    names = set[str | None]() if model is None else {model.model, model.name}
    return Asked(
        input_tokens=_tokens_of(text),
        most_output=None if step.settings is None else step.settings.max_tokens,
        has_tools=step.agent.tools is None or bool(step.agent.tools),
        names=frozenset(names - {None}),
        price=None if model is None else model.price,
        is_free=model is None,
        gate=model.who if model is not None and model.who in limits else "",
    )


def _tokens_of(text: PlannedText) -> int:
    """Estimate the tokens of a step's texts: no table of any provider's is at hand to count them by."""
    size = len((text.system + text.prompt).encode("utf-8", "surrogatepass"))
    files = len(text.step.attachments) * _TOKENS_OF_FILE
    return size // _BYTES_PER_TOKEN + 2 * _TOKENS_OF_FRAME + files
