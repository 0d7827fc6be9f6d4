"""The longest chain of steps of a run, and what its time hangs on most."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from goflow.projections.forecast_play import play
from goflow.projections.forecast_values import Bound
from goflow.scheduler.longest import longest_ways

if TYPE_CHECKING:
    from goflow.planning.plan import Plan
    from goflow.projections.forecast_play import Gate, Work


def longest_path(plan: Plan, works: Mapping[str, Work]) -> tuple[str, ...]:
    """Return the chain of steps that takes longest; a step without work takes no time."""
    times = {name: round(works[name].duration_ms) if name in works else 0 for name in plan.steps}
    ways = longest_ways(plan, times)
    path: list[str] = []
    border = [name for name, step in plan.steps.items() if not step.needs]
    while border:
        path.append(max(border, key=lambda name: ways[name]))
        border = list(plan.steps[path[-1]].dependents)
    return tuple(name for name in path if name in works)


def bound_of(
    plan: Plan,
    works: Mapping[str, Work],
    estimates: Mapping[str, int],
    gates: Callable[[], Mapping[str, Gate]],
) -> Bound:
    """Return what keeps a run of usual steps from ending sooner: that whose lack would shorten it most."""
    whole_ms = play(plan, works, estimates=estimates, gates=gates())
    unbounded = replace(plan, max_concurrency=0)
    without = {
        Bound.SLOTS: play(unbounded, works, estimates=estimates, gates=gates()),
        Bound.LIMITS: play(plan, works, estimates=estimates, gates={}),
    }
    path_ms = play(unbounded, works, estimates=estimates, gates={})
    best = min(without, key=without.__getitem__)
    return Bound.PATH if path_ms >= 0.95 * whole_ms or without[best] >= 0.99 * whole_ms else best
