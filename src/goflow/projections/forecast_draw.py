"""Courses that a run may take: each step's time, tokens and cost drawn from what earlier runs took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp
from typing import TYPE_CHECKING, Final

from goflow.projections.forecast_guess import Drawn, Guess, draw_guess, guess
from goflow.projections.forecast_learned import Seen, factors_of
from goflow.projections.forecast_skips import Skips
from goflow.projections.forecast_values import Asked, Source
from goflow.projections.learned import Basis, learned
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.planning.plan import Plan
    from goflow.projections.forecast_values import Chance
    from goflow.projections.sample import RunSamples, Sample


_OTHER_SD: Final = 0.7
"""How far, as a logarithm, a step may lie from another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One course: what each step would take, and those that are left out of it."""

    steps: Mapping[str, Drawn]
    left_out: frozenset[str]
    slower: float
    larger: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a step, and what it rests on."""

    source: Source
    seen: Sequence[Seen] = ()

    @property
    def runs(self) -> int:
        """Return how many earlier runs tell of it."""
        return len({each.run for each in self.seen})


class Drawing:
    """Draws courses of a plan."""

    def __init__(
        self, plan: Plan, runs: Sequence[RunSamples], asked: Mapping[str, Asked], chance: Chance
    ) -> None:
        self.known = _known(plan, runs)
        self._plan = plan
        self._asked = asked
        self._chance = chance
        self._skips = Skips(plan, runs, chance)
        pools = [known.seen for known in self.known.values() if known.seen]
        self.skip_rates = self._skips.rates
        self._others = [seen for pool in pools for seen in pool]
        self._time = factors_of(pools, max(1, len(runs)), lambda sample: sample.duration_ms)
        self._amount = factors_of(pools, max(1, len(runs)), _tokens)

    def draw(self) -> Course:
        """Draw one."""
        slower, larger = self._time.draw(self._chance), self._amount.draw(self._chance)
        left_out, off = self._skips.draw(), draw_guess(self._chance)
        steps: dict[str, Drawn] = {}
        for level in self._plan.levels:
            for name in level:
                read = sum(steps[each].output_tokens for each in self._plan.steps[name].reads - left_out)
                steps[name] = self._step(name, read, _Off(time=exp(slower), amount=exp(larger)), off)
        return Course(steps=steps, left_out=left_out, slower=slower, larger=larger)

    def _step(self, name: str, read: float, run: _Off, off: Guess) -> Drawn:
        known, asked = self.known[name], self._asked[name]
        if not known.seen:
            return self._guess(asked, read, run, off)
        seen = known.seen[int(self._chance.random() * len(known.seen))]
        count = len(known.seen)
        of_step = _Off(
            time=self._time.without(seen.run, run.time) * self._jitter(self._time.step_sd / count),
            amount=self._amount.without(seen.run, run.amount) * self._jitter(self._amount.step_sd / count),
        )
        return _scaled(seen.sample, asked, of_step, is_same=asked.is_free or known.source is Source.RUNS)

    def _guess(self, asked: Asked, read: float, run: _Off, off: Guess) -> Drawn:
        """Draw what a step may take that was never seen: what some other step did, else what steps do."""
        if not self._others:
            return guess(asked, read, off, self._chance)
        seen = self._others[int(self._chance.random() * len(self._others))]
        of_step = _Off(time=run.time * self._jitter(_OTHER_SD), amount=run.amount * self._jitter(_OTHER_SD))
        return _scaled(seen.sample, asked, of_step, is_same=asked.is_free)

    def _jitter(self, sd: float) -> float:
        """Return a factor around 1, whose mean is 1."""
        return exp(self._chance.gauss(0, sd) - sd * sd / 2)


def _known(plan: Plan, runs: Sequence[RunSamples]) -> Mapping[str, Known]:
    places = {id(sample): place for place, run in enumerate(runs) for sample in run.samples}
    found = learned(plan, runs)
    sources = {Basis.SHAPE: Source.RUNS, Basis.STEP: Source.OTHER_WORDS}
    return {
        name: Known(
            source=sources[found[name].basis],
            seen=[Seen(run=places[id(sample)], sample=sample) for sample in found[name].samples],
        )
        if name in found
        else Known(source=Source.GUESS)
        for name in plan.steps
    }


def _tokens(sample: Sample) -> float:
    return sample.input_tokens + sample.output_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class _Off:
    """By which factors a draw differs from a sample: in time, in tokens."""

    time: float
    amount: float


def _scaled(sample: Sample, asked: Asked, off: _Off, *, is_same: bool) -> Drawn:
    """Return what a sample was, off by factors; its own price counts if the same was asked."""
    input_tokens, output_tokens = sample.input_tokens * off.amount, sample.output_tokens * off.amount
    if asked.most_output is not None:
        output_tokens = min(output_tokens, max(1, sample.requests) * asked.most_output)
    if sample.cost_usd is not None and (is_same or sample.model in asked.names):
        cost: float | None = sample.cost_usd * off.amount
    elif not sample.requests and not _tokens(sample):
        cost = 0.0
    elif is_same and not asked.is_free:
        cost = None  # whoever answers calls its model by a name that has no price
    else:
        cost = asked.cost_of(input_tokens, output_tokens)
    waited_ms = 0 if asked.gate else sample.throttled_ms
    return Drawn(
        duration_ms=sample.duration_ms * off.time + waited_ms,
        calls=max(1, sample.requests),
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cost_usd=cost,
    )
