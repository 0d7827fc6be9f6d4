"""Statistics as JSON for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.projections.quantities import THOUSAND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goflow.cli.documents import Document
    from goflow.projections.statistics import Percentiles, StepStatistics, WorkflowStatistics


def stats_document(found: Sequence[WorkflowStatistics], *, has_steps: bool) -> Document:
    """Describe workflows, and where it is wanted their steps; a cost that is not known is null."""
    return {"workflows": [_workflow(each, has_steps=has_steps) for each in found]}


def _workflow(found: WorkflowStatistics, *, has_steps: bool) -> Document:
    document = {
        "workflow": found.workflow,
        "path": found.path,
        "backend": found.backend,
        "runs": found.runs,
        "success_rate": found.success_rate,
        "seconds": _seconds(found.wall_ms),
        "tokens": _percentiles(found.tokens),
        "cost_usd": None if found.cost_usd is None else _percentiles(found.cost_usd),
        "unpriced_runs": found.unpriced,
        "throttled_seconds": _seconds(found.throttled_ms),
        "last_ended_ms": found.last_ms,
    }
    return document | {"steps": list(map(_step, found.steps))} if has_steps else document


def _step(found: StepStatistics) -> Document:
    return {
        "step": found.step,
        "models": list(found.models),
        "runs": found.runs,
        "failure_rate": found.failure_rate,
        "repair_rate": found.repair_rate,
        "seconds": _seconds(found.duration_ms),
        "tokens": _percentiles(found.tokens),
        "cost_usd": None if found.cost_usd is None else _percentiles(found.cost_usd),
        "unpriced_runs": found.unpriced,
        "throttled_seconds": _seconds(found.throttled_ms),
    }


def _percentiles(found: Percentiles) -> Document:
    return {"p50": found.p50, "p95": found.p95}


def _seconds(found: Percentiles) -> Document:
    return {"p50": found.p50 / THOUSAND, "p95": found.p95 / THOUSAND}
