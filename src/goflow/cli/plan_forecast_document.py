"""A forecast as JSON for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.cli.plan_budgets import budgets_of
from goflow.projections.forecast_values import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goflow.api.forecasting import Outlook
    from goflow.api.forecasting_models import AskedModel
    from goflow.cli.documents import Document
    from goflow.projections.forecast_values import Range, StepForecast


def forecast_document(outlook: Outlook) -> Document:
    """Describe a forecast; a cost that is not known is null."""
    found = outlook.forecast
    return {
        "backend": outlook.backend,
        "earlier_runs": found.runs,
        "is_guess": not found.runs,
        "other_runs": dict(outlook.other_runs),
        "cost_usd": None if found.cost_usd is None else _range(found.cost_usd),
        "unpriced_steps": list(found.unpriced),
        "seconds": _seconds(found.wall_ms),
        "tokens": _range(found.tokens),
        "requests": _range(found.requests),
        "critical_path": {"steps": list(found.path), "share": round(found.path_share, 3)},
        "bound_by": found.bound,
        "max_concurrency": outlook.plan.max_concurrency,
        "limits": {
            name: {"rpm": given.rpm, "tpm": given.tpm, "concurrency": given.concurrency}
            for name, given in outlook.limits.items()
        },
        "models": [_model(model, outlook) for model in outlook.models.values()],
        "budget": [
            {"step": each.step or None, "what": each.what, "amount": each.amount, "verdict": each.verdict}
            for each in budgets_of(outlook)
        ],
        "steps": [_step(step, outlook.chosen) for step in found.steps.values()],
    }


def _model(model: AskedModel, outlook: Outlook) -> Document:
    return {
        "model": model.model,
        "asks": model.who,
        "is_asked_by": [name for name, chosen in outlook.chosen.items() if chosen.model == model.model],
        "is_priced": model.price is not None,
        "missing": model.missing or None,
        "help": model.help or None,
    }


def _step(step: StepForecast, chosen: Mapping[str, AskedModel]) -> Document:
    return {
        "step": step.step,
        "asks": chosen[step.step].who if step.step in chosen else None,
        "from": step.source,
        "earlier_runs": step.runs,
        "skip_rate": round(step.skip_rate, 3),
        "requests": _range(step.requests),
        "input_tokens": _range(step.input_tokens),
        "is_input_estimated": step.source is not Source.RUNS,
        "output_tokens": _range(step.output_tokens),
        "seconds": _seconds(step.duration_ms),
        "cost_usd": None if step.cost_usd is None else _range(step.cost_usd),
    }


def _range(found: Range) -> Document:
    return {
        "low": round(found.low, 6),
        "middle": round(found.middle, 6),
        "high": round(found.high, 6),
    }


def _seconds(found: Range) -> Document:
    return {name: round(value / 1000, 3) for name, value in _range(found).items()}
