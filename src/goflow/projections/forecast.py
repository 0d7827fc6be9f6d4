"""What a run can be expected to take: many courses of it, drawn from earlier runs and played."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from goflow.events import RunStatus
from goflow.projections.forecast_draw import Course, Drawing, Known
from goflow.projections.forecast_path import bound_of, longest_path
from goflow.projections.forecast_play import Work, play, playable
from goflow.projections.forecast_spread import Basis, Value, count_range, parts_of, range_of, smeared
from goflow.projections.forecast_values import Forecast, Range, StepForecast
from goflow.projections.learned import learned
from goflow.scheduler.status import StepStatus

if TYPE_CHECKING:
    from goflow.planning.plan import Plan
    from goflow.projections.forecast_guess import Drawn
    from goflow.projections.forecast_play import Gate
    from goflow.projections.forecast_values import Asked, Chance
    from goflow.projections.sample import RunSamples, Sample

MOST_COURSES: Final = 300
_LEAST_COURSES: Final = 12
_MOST_PLAYED: Final = 40_000
"""Steps that are played in all: of a large plan fewer courses are, and its sums vary less."""
_HALF: Final = 0.5

Gates: TypeAlias = Callable[[], Mapping[str, "Gate"]]
"""Makes what bounds the calls of models, fresh for each course."""


def forecast(
    plan: Plan,
    runs: Sequence[RunSamples],
    asked: Mapping[str, Asked],
    *,
    chance: Chance,
    gates: Gates = dict,
) -> Forecast:
    """Return what a run can be expected to take, by earlier runs and what is known of each step without."""
    return _Forecaster(plan, runs, asked, chance=chance, gates=gates).forecast()


class _Forecaster:
    def __init__(
        self,
        plan: Plan,
        runs: Sequence[RunSamples],
        asked: Mapping[str, Asked],
        *,
        chance: Chance,
        gates: Gates,
    ) -> None:
        self._plan = playable(plan)
        self._runs = runs
        self._asked = asked
        self._gates = gates
        self._chance = chance
        drawing = Drawing(plan, runs, asked, chance)
        self._known, self._skip_rates = drawing.known, drawing.skip_rates
        self._estimates = {name: each.duration_ms.p50 for name, each in learned(plan, runs).items()}
        count = max(_LEAST_COURSES, min(MOST_COURSES, _MOST_PLAYED // max(1, len(plan.steps))))
        self._courses = [drawing.draw() for _ in range(count)]

    def forecast(self) -> Forecast:
        steps = {name: self._step(name, known) for name, known in self._known.items()}
        priced = [name for name, step in steps.items() if step.cost_usd is not None]
        usual = self._usual(steps)
        wall_ms = self._wall(usual)
        path = longest_path(self._plan, usual)
        return Forecast(
            runs=len(self._runs),
            steps=steps,
            requests=count_range(self._sums(steps, lambda drawn: drawn.calls)),
            tokens=self._sum(steps, lambda drawn: drawn.input_tokens + drawn.output_tokens),
            cost_usd=self._sum(priced, lambda drawn: drawn.cost_usd or 0.0) if priced else None,
            wall_ms=wall_ms,
            unpriced=tuple(name for name in steps if name not in priced),
            path=path,
            path_share=_share(sum(usual[name].duration_ms for name in path), wall_ms.middle),
            bound=bound_of(self._plan, usual, self._estimates, self._gates),
        )

    def _step(self, name: str, known: Known) -> StepForecast:
        drawn = [course.steps[name] for course in self._courses]
        costs = [each.cost_usd for each in drawn if each.cost_usd is not None]
        of_step = Basis(runs=known.runs, parts=1.0)
        return StepForecast(
            step=name,
            source=known.source,
            runs=known.runs,
            requests=count_range([each.calls for each in drawn]),
            input_tokens=count_range([each.input_tokens for each in drawn]),
            output_tokens=count_range([each.output_tokens for each in drawn]),
            duration_ms=self._range([each.duration_ms for each in drawn], self._slower(), of_step),
            cost_usd=self._range(costs, self._larger(), of_step) if len(costs) == len(drawn) else None,
            skip_rate=self._skip_rates.get(name, 0.0),
        )

    def _usual(self, steps: Mapping[str, StepForecast]) -> dict[str, Work]:
        """Return what the steps take that are not left out more often than not."""
        return {
            name: Work(
                duration_ms=step.duration_ms.middle,
                calls=round(step.requests.middle),
                tokens=step.input_tokens.middle + step.output_tokens.middle,
                gate=self._asked[name].gate,
            )
            for name, step in steps.items()
            if step.skip_rate <= _HALF
        }

    def _wall(self, usual: Mapping[str, Work]) -> Range:
        """Return the range of the time from start to end."""
        overhead_ms = self._overhead_ms()
        times = [overhead_ms + self._play(self._works(course)) for course in self._courses]
        parts = parts_of([work.duration_ms for work in usual.values()])
        return self._range(times, self._slower(), Basis(runs=len(self._runs), parts=parts))

    def _sum(self, steps: Iterable[str], amount: Callable[[Drawn], float]) -> Range:
        """Return the range of a sum over the steps that are not left out."""
        parts = parts_of([amount(self._courses[0].steps[name]) for name in steps])
        return self._range(
            self._sums(steps, amount), self._larger(), Basis(runs=len(self._runs), parts=parts)
        )

    def _sums(self, steps: Iterable[str], amount: Callable[[Drawn], float]) -> list[float]:
        return [
            sum(amount(course.steps[name]) for name in steps if name not in course.left_out)
            for course in self._courses
        ]

    def _range(self, values: Sequence[float], offs: Sequence[float], basis: Basis) -> Range:
        """Return a range of values, a course each, that are off as their runs are."""
        if not basis.runs:
            return range_of(values)
        kinds = [course.left_out for course in self._courses]
        drawn = [
            Value(value=value, off=off, kind=kind)
            for value, off, kind in zip(values, offs, kinds, strict=True)
        ]
        return range_of(smeared(drawn, basis, self._chance))

    def _slower(self) -> list[float]:
        return [course.slower for course in self._courses]

    def _larger(self) -> list[float]:
        return [course.larger for course in self._courses]

    def _works(self, course: Course) -> dict[str, Work]:
        return {
            name: Work(
                duration_ms=drawn.duration_ms,
                calls=drawn.calls,
                tokens=drawn.input_tokens + drawn.output_tokens,
                gate=self._asked[name].gate,
            )
            for name, drawn in course.steps.items()
            if name not in course.left_out
        }

    def _overhead_ms(self) -> float:
        """Return what runs took longer than their steps explain: the least of them."""
        overs = [run.active_ms - self._play(_worked(run)) for run in self._runs if self._is_whole(run)]
        return max(0.0, min(overs, default=0.0))

    def _is_whole(self, run: RunSamples) -> bool:
        """Whether a run came to its end with first attempts alone, and had no other steps than the plan."""
        is_known = all(
            sample.step in self._plan.steps and not _was_tried_again(sample) for sample in run.samples
        )
        return is_known and run.status is RunStatus.COMPLETED

    def _play(self, works: Mapping[str, Work]) -> float:
        return play(self._plan, works, estimates=self._estimates, gates=self._gates())


def _was_tried_again(sample: Sample) -> bool:
    """Whether an attempt of a step followed a failed one; a step that failed has failed in its last."""
    return sample.failed_attempts > (sample.status is StepStatus.FAILED)


def _share(part: float, whole: float) -> float:
    return min(1.0, part / whole) if whole else 1.0


def _worked(run: RunSamples) -> dict[str, Work]:
    return {sample.step: Work(duration_ms=sample.duration_ms + sample.throttled_ms) for sample in run.samples}
