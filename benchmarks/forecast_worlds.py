"""Workflows whose steps take random times and tokens in a world that is known: what forecasts are held to."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.dags import FAMILIES, MEDIAN_MS, SPREAD, in_some_order, name_of
from goflow.events import RunStatus
from goflow.planning.compile import compile_plan
from goflow.planning.options import RunOptions
from goflow.projections.forecast_play import Work, play, playable
from goflow.projections.learned import learned
from goflow.projections.sample import RunSamples, Sample
from goflow.projections.step_shape import shapes_of
from goflow.scheduler.status import StepStatus
from goflow.workflow import AgentStep, Bundle, Condition, Config, Workflow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.dags import Needs
    from goflow.planning.plan import Plan

USD_PER_TOKEN = 2e-6
OVERHEAD_MS = 120
"""What a run takes besides its steps."""
COMMON = 0.7
"""How much of a step's noise its time and its tokens have in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the steps of a workflow need, the steps left out where a coin falls so, and its slots."""

    needs: Needs
    slots: int = 0
    heads: tuple[int, ...] = ()
    tails: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """How steps vary, and runs as a whole: standard deviations of logarithms."""

    step: float
    run: float


def one(_: random.Random) -> Shape:
    """Make one step alone."""
    return Shape(needs=[[]])


def chain(_: random.Random) -> Shape:
    """Make ten steps one after the other."""
    return Shape(needs=[[k - 1] if k else [] for k in range(10)])


def fan_out(chance: random.Random) -> Shape:
    """Make one step, 20 to 60 that need it, and one that needs these; four slots."""
    parts = chance.randint(20, 60)
    return Shape(needs=[[], *([0] for _ in range(parts)), list(range(1, parts + 1))], slots=4)


def wide(chance: random.Random) -> Shape:
    """Make the same without a bound: the slowest step of all counts."""
    parts = chance.randint(10, 40)
    return Shape(needs=[[], *([0] for _ in range(parts)), list(range(1, parts + 1))])


def map_reduce(chance: random.Random) -> Shape:
    """Make rounds that map and reduce; eight slots."""
    return Shape(needs=in_some_order(chance, FAMILIES["map-reduce"](chance)), slots=8)


def layered(chance: random.Random) -> Shape:
    """Make layers that need steps of the one before; four slots."""
    return Shape(needs=in_some_order(chance, FAMILIES["layered"](chance)), slots=4)


def branches(_: random.Random) -> Shape:
    """Make three steps, then a branch of four or one of two, then two steps."""
    needs: Needs = [[], [0], [1], [2], [2], [2], [2], [2], [2], [3, 4, 5, 6, 7, 8], [9]]
    return Shape(needs=needs, heads=(3, 4, 5, 6), tails=(7, 8))


SHAPES: dict[str, Callable[[random.Random], Shape]] = {
    "one step": one,
    "chain": chain,
    "fan-out, 4 slots": fan_out,
    "fan-out": wide,
    "map-reduce, 8 slots": map_reduce,
    "layered, 4 slots": layered,
    "branches": branches,
}


class World:
    """A workflow, and the truth about its steps, from which runs are drawn."""

    def __init__(self, chance: random.Random, shape: Shape, noise: Noise) -> None:
        self.plan = plan_of(shape)
        self._playable = playable(self.plan)
        self._shapes = shapes_of(self.plan)
        self._chance = chance
        self._shape = shape
        self._noise = noise
        self._median_ms = self._medians(MEDIAN_MS)
        self._median_tokens = self._medians(1_500)
        self._runs = 0

    def learn(self, count: int) -> list[RunSamples]:
        """Draw runs, each of which goes by what those before it took."""
        runs: list[RunSamples] = []
        for _ in range(count):
            runs.append(self.run(estimates_of(self.plan, runs)))
        return runs

    def run(self, estimates: Mapping[str, int]) -> RunSamples:
        """Draw a run that goes by these estimates."""
        self._runs += 1
        left_out = self._left_out()
        slower, larger = (self._factor(self._noise.run) for _ in range(2))
        samples = tuple(
            self._sample(name, slower, larger) for name in self.plan.steps if name not in left_out
        )
        works = {sample.step: Work(duration_ms=sample.duration_ms) for sample in samples}
        active_ms = OVERHEAD_MS + play(self._playable, works, estimates=estimates, gates={})
        return RunSamples(
            run_id=f"r-{self._runs}",
            backend="llm",
            path="/w.yaml",
            workflow="w",
            status=RunStatus.COMPLETED,
            ended_ms=self._runs,
            active_ms=round(active_ms),
            samples=samples,
        )

    def _left_out(self) -> set[str]:
        numbers = self._shape.heads if self._chance.random() < 0.4 else self._shape.tails
        return set(map(name_of, numbers))

    def _medians(self, middle: float) -> Mapping[str, float]:
        return {name: middle * self._factor(SPREAD) for name in self.plan.steps}

    def _factor(self, sd: float) -> float:
        return self._chance.lognormvariate(0, sd)

    def _sample(self, name: str, slower: float, larger: float) -> Sample:
        sd = self._noise.step
        common = self._chance.gauss(0, sd * COMMON**0.5)
        own = [2.718281828 ** (common + self._chance.gauss(0, sd * (1 - COMMON) ** 0.5)) for _ in range(2)]
        tokens = round(self._median_tokens[name] * larger * own[0])
        return Sample(
            step=name,
            shape=self._shapes[name],
            status=StepStatus.COMPLETED,
            model="m",
            duration_ms=max(1, round(self._median_ms[name] * slower * own[1])),
            requests=1,
            input_tokens=tokens // 2,
            output_tokens=tokens - tokens // 2,
            cost_usd=tokens * USD_PER_TOKEN,
            failed_attempts=0,
            repairs=0,
            throttled_ms=0,
            prompt_chars=100,
        )


def estimates_of(plan: Plan, runs: list[RunSamples]) -> dict[str, int]:
    """Return what a run goes by that comes after these."""
    return {name: each.duration_ms.p50 for name, each in learned(plan, runs[-10:]).items()}


def plan_of(shape: Shape) -> Plan:
    """Make the plan; steps of a branch have a condition that tests the step that they need."""
    steps = tuple(_step(number, required, shape) for number, required in enumerate(shape.needs))
    workflow = Workflow(name="w", steps=steps, config=Config(max_concurrency=shape.slots))
    bundle = Bundle(workflow=workflow, path="/w.yaml", shown_path="w.yaml", agents={})
    return compile_plan(bundle, inputs={}, options=RunOptions())


def _step(number: int, required: list[int], shape: Shape) -> AgentStep:
    condition = None
    if number in shape.heads + shape.tails:
        condition = Condition(step=name_of(required[0]), contains=("yes" if number in shape.heads else "no",))
    return AgentStep(
        id=name_of(number),
        prompt=f"step {number}",
        depends_on=tuple(map(name_of, required)),
        condition=condition,
    )
