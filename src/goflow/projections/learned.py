"""What earlier runs tell of a plan's steps: how long they take, and how many tokens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from goflow.projections.shares import at_share
from goflow.projections.step_shape import shapes_of
from goflow.scheduler.status import StepStatus
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.planning.plan import Plan
    from goflow.projections.sample import RunSamples, Sample


class Basis(StrEnum):
    """What the samples have in common with the step."""

    SHAPE = "shape"
    """The agent, the prompt as it was written, and the models."""
    STEP = "step"
    """The id alone: the step was written differently then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The middle of what was seen, and what nine of ten stay below."""

    p50: int
    p90: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What is known of a step from those of its samples that were completed; there is at least one."""

    basis: Basis
    samples: tuple[Sample, ...]
    duration_ms: Spread
    input_tokens: Spread
    output_tokens: Spread


def learned(plan: Plan, runs: Iterable[RunSamples]) -> Mapping[str, Learned]:
    """Return what is known of each step: by its shape, else by its id; steps never seen are left out."""
    by_shape: dict[str, list[Sample]] = {}
    by_step: dict[str, list[Sample]] = {}
    for run in runs:
        for sample in run.samples:
            if sample.status is StepStatus.COMPLETED:
                by_shape.setdefault(sample.shape, []).append(sample)
                by_step.setdefault(sample.step, []).append(sample)
    shapes = {shape: _learned(Basis.SHAPE, found) for shape, found in by_shape.items()}
    known = {}
    for step, shape in shapes_of(plan).items():
        if shape in shapes:
            known[step] = shapes[shape]
        elif step in by_step:
            known[step] = _learned(Basis.STEP, by_step[step])
    return known


def _learned(basis: Basis, found: Sequence[Sample]) -> Learned:
    return Learned(
        basis=basis,
        samples=tuple(found),
        duration_ms=spread([sample.duration_ms for sample in found]),
        input_tokens=spread([sample.input_tokens for sample in found]),
        output_tokens=spread([sample.output_tokens for sample in found]),
    )


def spread(values: Sequence[int]) -> Spread:
    """Return the spread of one or more values, between two of them where it falls there."""
    line = sorted(values)
    return Spread(p50=round(at_share(line, 0.5)), p90=round(at_share(line, 0.9)))
