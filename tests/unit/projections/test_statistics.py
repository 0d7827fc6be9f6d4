from __future__ import annotations

import pytest

from goflow.events import RunStatus
from goflow.projections.statistics import Percentiles, percentiles, statistics_of
from goflow.scheduler import StepStatus
from tests.unit.projections.earlier import run_of, sample


def test_runs_are_summed_up_as_a_whole() -> None:
    found = statistics_of(
        [
            run_of(sample("a"), sample("b", throttled_ms=500), active_ms=1000),
            run_of(sample("a"), active_ms=3000, status=RunStatus.FAILED, ended_ms=9),
        ]
    )

    assert (found.runs, found.success_rate, found.last_ms, found.backend) == (2, 0.5, 9, "llm")
    assert found.wall_ms == Percentiles(p50=2000, p95=2900)
    assert found.tokens.p50 == 225
    assert found.cost_usd is not None
    assert found.cost_usd.p50 == pytest.approx(0.0015)
    assert found.throttled_ms.p50 == 250
    assert found.unpriced == 0


def test_each_step_tells_how_often_it_failed_and_was_repaired_and_by_which_model() -> None:
    samples = [
        sample("a", model="big", repairs=2),
        sample("a", model="small", duration_ms=3000),
        sample("a", model="small", status=StepStatus.FAILED),
        sample("b"),
    ]

    a, b = statistics_of([run_of(each) for each in samples]).steps

    assert (a.step, a.runs, b.step, b.runs) == ("a", 3, "b", 1)
    assert a.models == ("small", "big")
    assert a.failure_rate == pytest.approx(1 / 3)
    assert a.repair_rate == pytest.approx(1 / 3)
    assert a.duration_ms == Percentiles(p50=1000, p95=2800)
    assert (b.failure_rate, b.repair_rate) == (0, 0)


def test_what_has_no_price_is_counted_and_what_asked_nobody_is_not() -> None:
    unpriced = sample("a", cost_usd=None)
    idle = sample("b", cost_usd=None, requests=0, input_tokens=0, output_tokens=0)

    found = statistics_of([run_of(unpriced, idle)])

    assert found.cost_usd is None
    assert found.unpriced == 1
    assert [each.unpriced for each in found.steps] == [1, 0]


def test_percentiles_stand_between_values_where_they_fall_there() -> None:
    assert percentiles([10]) == Percentiles(p50=10, p95=10)
    assert percentiles([2, 1]) == Percentiles(p50=1.5, p95=pytest.approx(1.95))  # type: ignore[arg-type]
