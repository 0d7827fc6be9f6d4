"""Which steps with a condition a run leaves out: as earlier runs did, and now and then otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set as AbstractSet
from typing import TYPE_CHECKING, Final

from goflow.events import RunStatus

if TYPE_CHECKING:
    from goflow.planning.plan import Plan
    from goflow.projections.forecast_values import Chance
    from goflow.projections.sample import RunSamples

_UNKNOWN: Final = 0.5
"""How often a step is left out of which nothing is known."""


class Skips:
    """Draws the steps that are left out.

    Steps that were met together are drawn together: those of one earlier run. What few runs never did may
    still come: the fewer they are, the more often all steps that test one answer go the other way.
    """

    def __init__(self, plan: Plan, runs: Sequence[RunSamples], chance: Chance) -> None:
        self._chance = chance
        self._tested = {
            name: step.condition.step for name, step in plan.steps.items() if step.condition is not None
        }
        ran = [{sample.step for sample in run.samples} for run in runs if run.status is RunStatus.COMPLETED]
        self._seen = frozenset[str]().union(*ran)
        self._left_out = [self._tested.keys() - steps for steps in ran]
        self.rates: Mapping[str, float] = {name: self._rate(name) for name in self._tested}

    def draw(self) -> frozenset[str]:
        """Return the steps that are left out of a course."""
        if not self._tested:
            return frozenset()
        count = len(self._left_out)
        left_out = self._left_out[int(self._chance.random() * count)] if count else set[str]()
        tested = dict.fromkeys(self._tested.values())
        turned = {step for step in tested if self._chance.random() < 1 / (count + 2)}
        return frozenset(name for name in self._tested if self._is_out(name, left_out, turned))

    def _is_out(self, name: str, left_out: AbstractSet[str], turned: AbstractSet[str]) -> bool:
        if name not in self._seen and not self._left_out:
            return self._chance.random() < _UNKNOWN
        return (name in left_out) is not (self._tested[name] in turned)

    def _rate(self, name: str) -> float:
        if not self._left_out:
            return _UNKNOWN
        return sum(name in left_out for left_out in self._left_out) / len(self._left_out)
