"""What earlier runs took, taken apart: what a run as a whole was slower or larger by, and the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import exp, log, sqrt
from typing import TYPE_CHECKING, Final

from goflow.projections.forecast_spread import student
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.projections.forecast_values import Chance
    from goflow.projections.sample import Sample

_EXPECTED_SD: Final = 0.2
"""How much runs differ as a whole, as a logarithm, as long as they do not tell otherwise."""
_EXPECTED_RUNS: Final = 3
"""How many runs that expectation counts as."""
_EXPECTED_STEP_SD: Final = 0.35
"""How much a step differs from run to run besides, as a logarithm."""
_EXPECTED_STEPS: Final = 2
"""How many deviations that expectation counts as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A sample, and the place of its run among the runs."""

    run: int
    sample: Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFactors:
    """By which factor each run was off as a whole, as a logarithm, and how much such factors vary.

    `step_sd` is how much a step varies besides.
    """

    by_run: Mapping[int, float]
    sd: float
    freedom: int
    step_sd: float

    def without(self, run: int, value: float) -> float:
        """Return what a value of a run would have been in a usual one."""
        return value * exp(-self.by_run.get(run, 0.0))

    def draw(self, chance: Chance) -> float:
        """Return the factor of a run to come, as a logarithm."""
        return self.sd * student(chance, self.freedom)


def factors_of(steps: Sequence[Sequence[Seen]], runs: int, measure: Callable[[Sample], float]) -> RunFactors:
    """Return the factors of runs, given the samples of each step.

    A run's factor is the mean of its steps', which vary themselves; of what it seems to be, only the share
    counts that this does not explain.
    """
    offs = _offs(steps, measure)
    means = {run: sum(values) / len(values) for run, values in offs.items()} if len(steps) > 1 else {}
    squares = sum(value**2 for values in offs.values() for value in values)
    explained = sum(len(offs[run]) * mean**2 for run, mean in means.items())
    freedom = max(0, sum(len(seen) - 1 for seen in steps) - max(0, len(means) - 1))
    within = max(0.0, squares - explained) / max(1, freedom)
    between = _between(means, offs, within, runs)
    return RunFactors(
        by_run={
            run: mean * between / (between + within / len(offs[run]) or 1.0) for run, mean in means.items()
        },
        sd=sqrt(_mixed(_EXPECTED_SD, _EXPECTED_RUNS, between, runs - 1) * (1 + 1 / runs)),
        freedom=_EXPECTED_RUNS + runs - 1,
        step_sd=sqrt(_mixed(_EXPECTED_STEP_SD, _EXPECTED_STEPS, within, freedom)),
    )


def _offs(steps: Sequence[Sequence[Seen]], measure: Callable[[Sample], float]) -> dict[int, list[float]]:
    """Return by how much each run's steps were off from what they usually take, as logarithms."""
    offs: dict[int, list[float]] = {}
    for seen in steps:
        logs = [log(max(1.0, measure(each.sample))) for each in seen]
        mean = sum(logs) / len(logs)
        for each, value in zip(seen, logs, strict=True):
            offs.setdefault(each.run, []).append(value - mean)
    return offs


def _between(
    means: Mapping[int, float], offs: Mapping[int, Sequence[float]], within: float, runs: int
) -> float:
    """Return the variance of runs as a whole: what their means vary by more than their steps explain."""
    if not means:
        return 0.0
    seen = sum(mean**2 for mean in means.values()) / max(1, runs - 1)
    return max(0.0, seen - within * sum(1 / len(offs[run]) for run in means) / len(means))


def _mixed(expected_sd: float, weight: int, variance: float, freedom: int) -> float:
    """Return a variance between the one that was seen and the one that was expected."""
    return (weight * expected_sd**2 + freedom * variance) / (weight + freedom)
