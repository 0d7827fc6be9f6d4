"""What `goflow stats` prints for people: columns of medians and of what nineteen of twenty stay below."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from goflow.cli.columns import aligned, cut
from goflow.cli.plan_ranges import UNPRICED, money, times, tokens

if TYPE_CHECKING:
    from goflow.projections.statistics import Percentiles, StepStatistics, WorkflowStatistics

_WORKFLOWS: Final = (
    "WORKFLOW",
    "BACKEND",
    "RUNS",
    "OK",
    "TIME p50",
    "p95",
    "TOKENS p50",
    "p95",
    "COST p50",
    "p95",
    "THROTTLED",
)
_STEPS: Final = (
    "STEP",
    "MODEL",
    "RUNS",
    "FAILED",
    "TIME p50",
    "p95",
    "TOKENS p50",
    "p95",
    "COST p50",
    "p95",
    "THROTTLED",
    "REPAIRED",
)
_WORKFLOW_NUMBERS: Final = frozenset(range(2, len(_WORKFLOWS)))
_STEP_NUMBERS: Final = frozenset(range(2, len(_STEPS)))
_WIDEST: Final = 40


def stats_page(found: Sequence[WorkflowStatistics], *, has_steps: bool) -> str:
    """Return a line a workflow, and where it is wanted a table of each one's steps."""
    page = aligned([_WORKFLOWS, *map(_workflow_row, found)], right=_WORKFLOW_NUMBERS)
    return page + "".join(_steps(each) for each in found) if has_steps else page


def _workflow_row(found: WorkflowStatistics) -> Sequence[str]:
    return (
        cut(found.workflow, _WIDEST),
        found.backend,
        str(found.runs),
        f"{found.success_rate:.0%}",
        *_pair(found.wall_ms, times),
        *_pair(found.tokens, tokens),
        *_costs(found.cost_usd, found.unpriced),
        _throttled(found.throttled_ms),
    )


def _steps(found: WorkflowStatistics) -> str:
    title = f"\n{cut(found.workflow, _WIDEST)} ({found.backend}), {cut(found.path, 2 * _WIDEST)}\n"
    return title + aligned([_STEPS, *map(_step_row, found.steps)], right=_STEP_NUMBERS)


def _step_row(step: StepStatistics) -> Sequence[str]:
    return (
        cut(step.step, _WIDEST),
        cut(_models(step), _WIDEST),
        str(step.runs),
        _share(step.failure_rate),
        *_pair(step.duration_ms, times),
        *_pair(step.tokens, tokens),
        *_costs(step.cost_usd, step.unpriced),
        _throttled(step.throttled_ms),
        _share(step.repair_rate),
    )


def _models(step: StepStatistics) -> str:
    more = f" + {len(step.models) - 1} more" if len(step.models) > 1 else ""
    return f"{step.models[0] or '-'}{more}"


def _pair(found: Percentiles, write: Callable[[float], str]) -> Iterator[str]:
    yield write(found.p50)
    yield write(found.p95)


def _costs(found: Percentiles | None, unpriced: int) -> Iterator[str]:
    """Yield two cells; what had no price is never shown as nothing."""
    if found is None:
        yield UNPRICED if unpriced else "-"
        yield "-"
        return
    yield money(found.p50)
    yield f"{money(found.p95)} + {unpriced} {UNPRICED}" if unpriced else money(found.p95)


def _throttled(found: Percentiles) -> str:
    return times(found.p95) if found.p95 else "-"


def _share(rate: float) -> str:
    return f"{rate:.0%}" if rate else "-"
