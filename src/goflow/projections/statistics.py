"""What earlier runs took, and how they went: per workflow, and per step of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from goflow.events import RunStatus
from goflow.projections.shares import at_share
from goflow.scheduler.status import StepStatus
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.projections.sample import RunSamples, Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """What half of the values stay below, and what nineteen of twenty do."""

    p50: float
    p95: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStatistics:
    """What one step took in the runs that came to its end.

    `cost_usd` is None where no price was known; `unpriced` counts the ends that are outside it. The rates
    are shares of the runs: those in which it failed, and those in which an answer had to be asked for again.
    """

    step: str
    runs: int
    duration_ms: Percentiles
    tokens: Percentiles
    cost_usd: Percentiles | None
    unpriced: int
    failure_rate: float
    repair_rate: float
    throttled_ms: Percentiles
    models: tuple[str | None, ...]
    """The models that answered, the most frequent one first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowStatistics:
    """What the runs of one workflow took that one backend answered, each as a whole."""

    workflow: str
    path: str
    backend: str
    runs: int
    success_rate: float
    wall_ms: Percentiles
    tokens: Percentiles
    cost_usd: Percentiles | None
    unpriced: int
    throttled_ms: Percentiles
    last_ms: int
    steps: tuple[StepStatistics, ...]


def statistics_of(runs: Sequence[RunSamples]) -> WorkflowStatistics:
    """Return what one or more runs of one workflow and backend took; they stand in their order."""
    last = runs[-1]
    costs = [cost for run in runs if (cost := _cost(run.samples)) is not None]
    return WorkflowStatistics(
        workflow=last.workflow,
        path=last.path,
        backend=last.backend,
        runs=len(runs),
        success_rate=sum(run.status is RunStatus.COMPLETED for run in runs) / len(runs),
        wall_ms=percentiles([run.active_ms for run in runs]),
        tokens=percentiles([sum(map(_tokens, run.samples)) for run in runs]),
        cost_usd=percentiles(costs) if costs else None,
        unpriced=sum(any(map(_is_unpriced, run.samples)) for run in runs),
        throttled_ms=percentiles([sum(each.throttled_ms for each in run.samples) for run in runs]),
        last_ms=last.ended_ms,
        steps=tuple(_step(step, found) for step, found in _by_step(runs).items()),
    )


def _by_step(runs: Iterable[RunSamples]) -> dict[str, list[Sample]]:
    """Return the samples of each step, in the order in which steps first ended."""
    found: dict[str, list[Sample]] = {}
    for run in runs:
        for sample in run.samples:
            found.setdefault(sample.step, []).append(sample)
    return found


def _step(step: str, found: Sequence[Sample]) -> StepStatistics:
    costs = [cost for each in found if (cost := _cost([each])) is not None]
    return StepStatistics(
        step=step,
        runs=len(found),
        duration_ms=percentiles([each.duration_ms for each in found]),
        tokens=percentiles([_tokens(each) for each in found]),
        cost_usd=percentiles(costs) if costs else None,
        unpriced=sum(map(_is_unpriced, found)),
        failure_rate=sum(each.status is StepStatus.FAILED for each in found) / len(found),
        repair_rate=sum(each.repairs > 0 for each in found) / len(found),
        throttled_ms=percentiles([each.throttled_ms for each in found]),
        models=tuple(model for model, _ in Counter(each.model for each in found).most_common()),
    )


def _cost(samples: Sequence[Sample]) -> float | None:
    """Return what is known of a cost; None where nothing is."""
    costs = [each.cost_usd for each in samples if each.cost_usd is not None]
    return sum(costs) if costs else None


def _is_unpriced(sample: Sample) -> bool:
    return sample.cost_usd is None and bool(sample.requests or _tokens(sample))


def _tokens(sample: Sample) -> int:
    return sample.input_tokens + sample.output_tokens


def percentiles(values: Sequence[float]) -> Percentiles:
    """Return the percentiles of one or more values, between two of them where they fall there."""
    line = sorted(values)
    return Percentiles(p50=at_share(line, 0.5), p95=at_share(line, 0.95))
