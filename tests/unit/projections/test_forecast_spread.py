from __future__ import annotations

import math
import random
import statistics

import pytest

from goflow.projections.forecast_learned import Seen, factors_of
from goflow.projections.forecast_spread import (
    LEAST_RATIO,
    Basis,
    Value,
    count_range,
    parts_of,
    range_of,
    smeared,
    student,
)
from goflow.projections.forecast_values import Range
from tests.unit.projections.earlier import sample


def test_a_range_leaves_a_twentieth_out_on_each_side() -> None:
    found = count_range(list(range(1001)))

    assert found == Range(low=50, middle=500, high=950)


def test_a_range_is_never_narrower_than_what_can_be_known() -> None:
    found = range_of([100.0] * 5)

    assert (found.low, found.middle, found.high) == (100 / LEAST_RATIO, 100, 100 * LEAST_RATIO)
    assert range_of([0.0, 0.0]) == Range(low=0, middle=0, high=0)


def spread(values: list[float]) -> float:
    return statistics.stdev(map(math.log, values))


def test_values_from_fewer_runs_are_smeared_more_and_those_of_many_parts_less() -> None:
    chance = random.Random(1)
    drawn = [Value(value=math.exp(chance.gauss(0, 0.3))) for _ in range(4000)]

    def after(runs: int, parts: float) -> float:
        return spread(smeared(drawn, Basis(runs=runs, parts=parts), chance))

    assert after(1, 1) > after(3, 1) > after(10, 1) > after(1000, 1)
    assert after(3, 1) > after(3, 30)
    assert after(1000, 1) == pytest.approx(0.3, rel=0.05)


def test_what_a_run_is_off_as_a_whole_and_steps_left_out_are_not_smeared_again() -> None:
    by_run = [Value(value=math.exp(off), off=off) for off in (-1.0, 0.0, 1.0)]
    by_kind = [Value(value=value, kind=value) for value in (0.0, 1.0, 50.0)]

    for drawn in (by_run, by_kind):
        found = smeared(drawn, Basis(runs=3, parts=1), random.Random(1))
        assert found == pytest.approx([each.value for each in drawn])


def test_a_sum_is_as_good_as_made_of_as_many_parts_as_count() -> None:
    assert parts_of([1, 1, 1, 1]) == 4
    assert parts_of([1000, 1, 1, 1]) == pytest.approx(1, abs=0.01)
    assert parts_of([]) == parts_of([0, 0]) == 1


def test_students_numbers_have_their_variance() -> None:
    chance = random.Random(1)

    found = statistics.variance(student(chance, 6) for _ in range(20_000))

    assert found == pytest.approx(6 / 4, rel=0.1)


def seen(run: int, ms: float) -> Seen:
    return Seen(run=run, sample=sample("a", duration_ms=round(ms)))


def drawn_runs(runs: int, steps: int, *, run_sd: float, step_sd: float) -> list[list[Seen]]:
    chance = random.Random(f"{runs} {steps} {run_sd} {step_sd}")
    offs = [chance.gauss(0, run_sd) for _ in range(runs)]
    return [
        [seen(run, 5000 * math.exp(off + chance.gauss(0, step_sd))) for run, off in enumerate(offs)]
        for _ in range(steps)
    ]


def test_the_factors_of_runs_are_told_from_what_steps_vary_by_themselves() -> None:
    slow = factors_of(drawn_runs(40, 30, run_sd=0.6, step_sd=0.3), 40, lambda each: each.duration_ms)
    even = factors_of(drawn_runs(40, 30, run_sd=0.0, step_sd=0.3), 40, lambda each: each.duration_ms)

    assert slow.sd == pytest.approx(0.6, rel=0.25)
    assert slow.step_sd == pytest.approx(0.3, rel=0.1)
    assert even.sd < 0.1
    assert statistics.stdev(slow.without(run, 1.0) for run in range(40)) > 0.4
    assert max(abs(even.without(run, 1.0) - 1) for run in range(40)) < 0.1


def test_one_step_alone_tells_nothing_of_runs_as_a_whole() -> None:
    found = factors_of(drawn_runs(5, 1, run_sd=0.0, step_sd=1.0), 5, lambda each: each.duration_ms)

    assert found.without(3, 7.0) == 7.0
    assert found.sd < 0.2
    assert found.step_sd > 0.4


def test_without_a_run_what_is_expected_stands() -> None:
    found = factors_of([], 1, lambda each: each.duration_ms)

    assert 0 < found.sd < 0.5
    assert found.step_sd == pytest.approx(0.35)
    assert -3 < found.draw(random.Random(1)) < 3
