"""Critical path first against first come, first served: the scheduler simulated over random workflows."""

from __future__ import annotations

import random
import statistics
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from benchmarks.dags import FAMILIES, draw
from benchmarks.rows.priority_http import measure as measure_http
from benchmarks.simulation import Arrivals, makespan_ms, plan_of
from benchmarks.table import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.bench import Bench

SLOTS = (2, 4, 8, 16, 32)
NOISES = ("graph", "exact", "sigma 0.3", "sigma 1.0", "half known", "unrelated")
"""What is known beforehand: the graph alone, every time, every time by a lognormal factor of that sigma, the
time of every second step, or the times of other steps: a control, which no bound is judged by."""
CONTROL = "unrelated"
SEED = 2611
MOST = 1.02

Case: TypeAlias = tuple[str, int, str]
"""Family, slots, noise."""


@dataclass(slots=True, kw_only=True)
class Ratios:
    """Makespan with the critical path first, over that of two other orders, a workflow each."""

    by_arrival: list[float]
    by_file: list[float]


def measure(bench: Bench) -> Iterator[Figure]:
    """Run one workflow over HTTP, simulate all classes, and hold the worst of them to the bound."""
    count = 10 if bench.quick else 100
    found = simulate(count)
    print(table_of(found), file=sys.stderr, flush=True)
    means = {case: statistics.fmean(ratios.by_arrival) for case, ratios in found.items()}
    judged = [case for case in means if case[2] != CONTROL]
    worst = max(judged, key=means.__getitem__)
    yield Figure(
        row="priority",
        what=f"worst class of {len(judged)}: critical path / first come first served",
        figure=means[worst],
        unit="x",
        at_most=MOST,
        raw=f"{_shown(worst)}; {count} workflows a class",
    )
    for noise in NOISES:
        mean = statistics.fmean(means[case] for case in means if case[2] == noise)
        best, last = (
            pick((case for case in means if case[2] == noise), key=means.__getitem__) for pick in (min, max)
        )
        yield Figure(
            row="priority",
            what=f"mean of all classes, estimates: {noise}",
            figure=mean,
            unit="x",
            raw=f"best {means[best]:.3f}: {_shown(best)}; worst {means[last]:.3f}: {_shown(last)}",
        )
    yield from measure_http(bench)


def _shown(case: Case) -> str:
    family, slots, noise = case
    return f"{family}, {slots} slots, {noise}"


def simulate(count: int) -> dict[Case, Ratios]:
    """Return the ratios of `count` random workflows in every class."""
    found = {
        (family, slots, noise): Ratios(by_arrival=[], by_file=[])
        for family in FAMILIES
        for slots in SLOTS
        for noise in NOISES
    }
    for family in FAMILIES:
        for number in range(count):
            _simulate_one(random.Random(f"{SEED} {family} {number}"), family, found)
    return found


def _simulate_one(chance: random.Random, family: str, found: Mapping[Case, Ratios]) -> None:
    needs, durations = draw(chance, family)
    estimates = _estimates(chance, durations)
    for slots in SLOTS:
        plan = plan_of(needs, slots)
        arrival_ms = makespan_ms(plan, durations, {}, Arrivals())
        file_ms = makespan_ms(plan, durations, {}, {name: step.index for name, step in plan.steps.items()})
        for noise, known in estimates.items():
            ours_ms = makespan_ms(plan, durations, known)
            found[family, slots, noise].by_arrival.append(ours_ms / arrival_ms)
            found[family, slots, noise].by_file.append(ours_ms / file_ms)


def _estimates(chance: random.Random, durations: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Return what is known of each step's time, by noise."""
    others = list(durations.values())
    chance.shuffle(others)
    return {
        "graph": {},
        "exact": dict(durations),
        "sigma 0.3": _off(chance, durations, 0.3),
        "sigma 1.0": _off(chance, durations, 1.0),
        "half known": {step: known for step, known in durations.items() if chance.random() < 0.5},
        "unrelated": dict(zip(durations, others, strict=True)),
    }


def _off(chance: random.Random, durations: Mapping[str, int], sigma: float) -> dict[str, int]:
    return {step: round(known * chance.lognormvariate(0, sigma)) for step, known in durations.items()}


def table_of(found: Mapping[Case, Ratios]) -> str:
    """Set the mean ratios in a table: a line for each family and number of slots, a column for each noise."""
    head = ["family", "slots", *NOISES, "graph / file's order", "exact / file's order"]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for family in FAMILIES:
        for slots in SLOTS:
            ratios = [found[family, slots, noise] for noise in NOISES]
            means = [statistics.fmean(each.by_arrival) for each in ratios]
            means += [statistics.fmean(each.by_file) for each in ratios[:2]]
            lines.append(f"| {family} | {slots} | {' | '.join(f'{mean:.3f}' for mean in means)} |")
    return "\n".join(lines)
