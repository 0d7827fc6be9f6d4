"""One simulated workflow as a real one: real runs over HTTP, before and after they have learned."""

from __future__ import annotations

import random
import statistics
from typing import TYPE_CHECKING

from benchmarks.dags import draw
from benchmarks.rows.http import serving
from benchmarks.shapes import Shape, Step, as_yaml
from benchmarks.simulation import makespan_ms, plan_of
from benchmarks.table import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.bench import Bench

FAMILY = "map-reduce"
SLOTS = 8
SEED = "a run over HTTP"
TENTH = 10
"""The times of the simulation are divided by this."""


def measure(bench: Bench) -> Iterator[Figure]:
    """Compare a run with an empty history and the one after it: first request to last answer."""
    needs, durations = draw(random.Random(SEED), FAMILY)
    times_ms = {step: ms // TENTH for step, ms in durations.items()}
    shape = _shape(needs, times_ms)
    pairs = [_run_twice(bench, shape, str(number)) for number in range(1 if bench.quick else 5)]
    plan = plan_of(needs, SLOTS)
    before_ms, after_ms = makespan_ms(plan, times_ms, {}), makespan_ms(plan, times_ms, times_ms)
    first_s, second_s = (statistics.median(side) for side in zip(*pairs, strict=True))
    yield Figure(
        row="priority",
        what=f"{FAMILY} over HTTP, {SLOTS} slots: second run / first run",
        figure=statistics.median(second / first for first, second in pairs),
        unit="x",
        raw=f"{second_s:.2f} s, {first_s:.2f} s; simulated {after_ms / before_ms:.3f} x: "
        f"{after_ms / 1e3:.2f} s, {before_ms / 1e3:.2f} s; {len(needs)} steps",
    )


def _shape(needs: list[list[int]], times_ms: dict[str, int]) -> Shape:
    names = list(times_ms)
    return tuple(
        Step(
            id=name,
            prompt=f"step={name} delay={times_ms[name] / 1e3}",
            depends_on=tuple(names[need] for need in required),
        )
        for name, required in zip(names, needs, strict=True)
    )


def _run_twice(bench: Bench, shape: Shape, name: str) -> tuple[float, float]:
    """Run a workflow that nothing is known of, then once more."""
    workflow = bench.fast.path / f"learning-{name}.yaml"
    spans = []
    for _ in range(2):
        with serving() as server:
            workflow.write_text(as_yaml("learning", shape, {**server.config(), "max_concurrency": SLOTS}))
            audit = str(bench.empty(bench.fast))
            state = {"XDG_STATE_HOME": str(bench.fast.path / f"state-{name}")}
            bench.goflow("run", str(workflow), "--audit-dir", audit, "--progress", "none", env=state)
        requests = server.report().requests
        spans.append(max(r["finished"] for r in requests) - min(r["arrived"] for r in requests))
    return spans[0], spans[1]
