"""Forecasts held to runs that were not used for learning: simulated worlds by class, and one over HTTP."""

from __future__ import annotations

import random
import statistics
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from benchmarks.forecast_http import measure as measure_http
from benchmarks.forecast_worlds import SHAPES, Noise, World, estimates_of
from benchmarks.table import Figure
from goflow.projections.forecast import forecast
from goflow.projections.forecast_values import Asked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.bench import Bench
    from goflow.projections.sample import RunSamples

SEED = 4711
SIGMAS = (0.2, 0.5, 1.0)
"""How much steps vary from run to run: standard deviations of logarithms."""
RUN_SIGMAS = (0.0, 0.25)
"""How much runs vary as a whole."""
LEARNED = (3, 5, 10, 20)
FRESH = 40
"""Runs that each forecast is held to."""
LEAST_HELD = 0.9
MOST_RATIO = 3.0

Case: TypeAlias = tuple[str, float, float, int]
"""Shape, sigma of steps, sigma of runs, runs learned from."""


@dataclass(slots=True, kw_only=True)
class Held:
    """What forecasts of a quantity held, how wide they were, and how wide the best possible would be."""

    held: list[bool] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    best: list[float] = field(default_factory=list)


Found: TypeAlias = dict[Case, tuple[Held, Held]]
"""For each case: the cost's, and the wall time's."""


def measure(bench: Bench) -> Iterator[Figure]:
    """Hold forecasts to runs of simulated worlds, then to real ones."""
    count = 1 if bench.quick else 3
    found = simulate(count)
    print(table_of(found), file=sys.stderr, flush=True)
    for place, what in enumerate(("cost", "wall time")):
        whole = [held[place] for held in found.values()]
        raw = f"{len(found)} classes, {count} worlds each, {FRESH} fresh runs a forecast"
        yield Figure(
            row="forecast",
            what=f"{what}: share of fresh runs in the range",
            figure=_share(whole),
            unit="",
            at_least=LEAST_HELD,
            raw=f"{raw}; worst shape {_worst(found, place, 0)}, sigma {_worst(found, place, 1)}",
        )
        yield Figure(
            row="forecast",
            what=f"{what}: median high / low",
            figure=_ratio(whole),
            unit="x",
            at_most=MOST_RATIO,
            raw=f"a range of 90 % that knows the world: {_best(whole):.2f}",
        )
    yield from measure_http(bench)


def simulate(count: int) -> Found:
    """Forecast `count` random worlds of every class, and draw runs that were not learned from."""
    found: Found = {}
    for shape in SHAPES:
        for sigma in SIGMAS:
            for run_sigma in RUN_SIGMAS:
                for learned in LEARNED:
                    case = (shape, sigma, run_sigma, learned)
                    found[case] = (Held(), Held())
                    for number in range(count):
                        _simulate_one(case, number, found[case])
    return found


def _simulate_one(case: Case, number: int, found: tuple[Held, Held]) -> None:
    shape, sigma, run_sigma, learned = case
    chance = random.Random(f"{SEED} {case} {number}")
    world = World(chance, SHAPES[shape](chance), Noise(step=sigma, run=run_sigma))
    runs = world.learn(learned)
    asked = {name: Asked(input_tokens=10) for name in world.plan.steps}
    expected = forecast(world.plan, runs, asked, chance=random.Random(SEED))
    assert expected.cost_usd is not None
    estimates = estimates_of(world.plan, runs)
    fresh = [world.run(estimates) for _ in range(FRESH)]
    more = [world.run(estimates) for _ in range(100)]
    for held, range_, amount in zip(
        found, (expected.cost_usd, expected.wall_ms), (_cost, _wall), strict=True
    ):
        held.held.extend(range_.low <= amount(run) <= range_.high for run in fresh)
        held.ratios.append(range_.high / range_.low)
        line = sorted(map(amount, more))
        held.best.append(line[94] / line[5])


def _cost(run: RunSamples) -> float:
    return sum(sample.cost_usd or 0.0 for sample in run.samples)


def _wall(run: RunSamples) -> float:
    return run.active_ms


def _share(whole: Sequence[Held]) -> float:
    return statistics.fmean(each for held in whole for each in held.held)


def _ratio(whole: Sequence[Held]) -> float:
    return statistics.median(ratio for held in whole for ratio in held.ratios)


def _best(whole: Sequence[Held]) -> float:
    return statistics.median(ratio for held in whole for ratio in held.best)


def _worst(found: Found, place: int, key: int) -> str:
    """Name the class of one kind in which fewest runs were held."""
    classes = dict.fromkeys(case[key] for case in found)
    shares = {
        name: _share([held[place] for case, held in found.items() if case[key] == name]) for name in classes
    }
    worst = min(shares, key=shares.__getitem__)
    return f"{worst} {shares[worst]:.3f}"


def table_of(found: Found) -> str:
    """Set what was held in a table: a line for each class of each kind."""
    head = ["class", "cost held", "high / low", "best", "time held", "high / low", "best"]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    kinds = ("", "sigma of steps ", "sigma of runs ", "runs learned from: ")
    for key, kind in enumerate(kinds):
        for name in dict.fromkeys(case[key] for case in found):
            cells = [f"{kind}{name}"]
            for place in range(2):
                whole = [held[place] for case, held in found.items() if case[key] == name]
                cells += [f"{_share(whole):.3f}", f"{_ratio(whole):.2f}", f"{_best(whole):.2f}"]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
