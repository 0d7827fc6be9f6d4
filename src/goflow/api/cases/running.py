"""A case, run and held against what it expects."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from goflow.api.cases.functions import judge
from goflow.api.execute import execute
from goflow.projections.expectations import Miss, misses
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.api.cases.readying import ReadyCase
    from goflow.api.result import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """What has come of a case: its run, and what is not as expected."""

    case: ReadyCase
    run: Run
    misses: tuple[Miss, ...]
    seconds: float


async def run_case(case: ReadyCase) -> CaseResult:
    """Run a case that has not run yet."""
    started = perf_counter()
    run = await execute(case.prepared)
    found = tuple(misses(case.expect, run.view, run.plan, judge))
    return CaseResult(case=case, run=run, misses=found, seconds=perf_counter() - started)
