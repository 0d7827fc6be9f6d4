from __future__ import annotations

import pytest

from goflow.events import RunStatus
from goflow.projections.learned import Basis, Spread, learned, spread
from goflow.projections.samples import RunSamples, Sample
from goflow.projections.step_shape import shapes_of
from goflow.scheduler import StepStatus
from tests.properties.worlds import plan_of
from tests.unit.projections.runs import step

PLAN = plan_of(step("a"), step("b"))
SHAPES = shapes_of(PLAN)


def sample(name: str, shape: str, ms: int, status: StepStatus = StepStatus.COMPLETED) -> Sample:
    return Sample(
        step=name,
        shape=shape,
        status=status,
        model=None,
        duration_ms=ms,
        requests=1,
        input_tokens=2 * ms,
        output_tokens=3 * ms,
        cost_usd=None,
        failed_attempts=0,
        repairs=0,
        throttled_ms=0,
        prompt_chars=1,
    )


def run_of(*samples: Sample) -> RunSamples:
    return RunSamples(
        run_id="r-1",
        backend="llm",
        path="/w.yaml",
        workflow="w",
        status=RunStatus.COMPLETED,
        ended_ms=1,
        active_ms=1,
        samples=samples,
    )


def test_a_step_is_known_by_its_shape_over_all_runs_whatever_it_was_called() -> None:
    runs = [run_of(sample("a", SHAPES["a"], 100)), run_of(sample("former", SHAPES["a"], 300))]

    found = learned(PLAN, runs)

    assert list(found) == ["a"]
    assert found["a"].basis is Basis.SHAPE
    assert [each.step for each in found["a"].samples] == ["a", "former"]
    assert found["a"].duration_ms == Spread(p50=200, p90=280)
    assert found["a"].input_tokens == Spread(p50=400, p90=560)
    assert found["a"].output_tokens == Spread(p50=600, p90=840)


def test_a_step_that_was_written_differently_is_known_by_its_id() -> None:
    found = learned(
        PLAN, [run_of(sample("a", "else", 100), sample("b", SHAPES["b"], 5), sample("b", "x", 9))]
    )

    assert (found["a"].basis, found["a"].duration_ms.p50) == (Basis.STEP, 100)
    assert (found["b"].basis, found["b"].duration_ms.p50) == (Basis.SHAPE, 5)


def test_nothing_is_learned_from_what_failed() -> None:
    assert learned(PLAN, [run_of(sample("a", SHAPES["a"], 100, StepStatus.FAILED))]) == {}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([7], Spread(p50=7, p90=7)),
        ([10, 0], Spread(p50=5, p90=9)),
        ([3, 1, 2], Spread(p50=2, p90=3)),
        (list(range(101)), Spread(p50=50, p90=90)),
    ],
)
def test_a_spread_lies_between_the_values_around_it(values: list[int], expected: Spread) -> None:
    assert spread(values) == expected
