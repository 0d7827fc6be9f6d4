"""Earlier runs by hand, for forecasts and statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from goflow.events import RunStatus
from goflow.planning.plan import Plan
from goflow.projections.sample import RunSamples, Sample
from goflow.projections.step_shape import shapes_of
from goflow.scheduler import StepStatus


def sample(step: str, shape: str = "?", **fields: object) -> Sample:
    """Make a sample: one request of 150 tokens in a second, for a tenth of a cent."""
    usual = Sample(
        step=step,
        shape=shape,
        status=StepStatus.COMPLETED,
        model="m",
        duration_ms=1000,
        requests=1,
        input_tokens=100,
        output_tokens=50,
        cost_usd=0.001,
        failed_attempts=0,
        repairs=0,
        throttled_ms=0,
        prompt_chars=10,
    )
    return replace(usual, **fields)  # type: ignore[arg-type]


def run_of(*samples: Sample, **fields: object) -> RunSamples:
    """Make a run that took as long as its steps one after the other."""
    usual = RunSamples(
        run_id="r-1",
        backend="llm",
        path="/w.yaml",
        workflow="w",
        status=RunStatus.COMPLETED,
        ended_ms=1,
        active_ms=sum(each.duration_ms for each in samples),
        samples=samples,
    )
    return replace(usual, **fields)  # type: ignore[arg-type]


def run_like(plan: Plan, times_ms: Mapping[str, int], **fields: object) -> RunSamples:
    """Make a run of a plan whose steps took so long; others were left out."""
    shapes = shapes_of(plan)
    return run_of(*(sample(step, shapes[step], duration_ms=ms, **fields) for step, ms in times_ms.items()))
