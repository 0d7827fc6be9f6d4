"""The shape of a workflow: levels and cycles, over `needs` (each step's needs by id, in the file's order)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def levels(needs: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return each step's longest distance from a root, with every step after those it needs.

    Needs that are no steps count for nothing. Steps on a cycle, or after one, have no level and are left out.
    """
    found: dict[str, int] = {}
    try:
        for step, required in needs.items():
            found[step] = 1 + max(map(found.__getitem__, required)) if required else 0
    except KeyError:  # a step stands before one that it needs, or needs what is no step
        return _levels_in_any_order(needs)
    return found


def _levels_in_any_order(needs: Mapping[str, Sequence[str]]) -> dict[str, int]:
    waiting, dependents = _edges(needs)
    found: dict[str, int] = {}
    level = 0
    ready = [step for step, count in waiting.items() if not count]
    while ready:
        found.update(dict.fromkeys(ready, level))
        freed: list[str] = []
        for step in ready:
            for dependent in dependents.get(step, ()):
                waiting[dependent] -= 1
                if not waiting[dependent]:
                    freed.append(dependent)
        ready = freed
        level += 1
    return found


def _edges(needs: Mapping[str, Sequence[str]]) -> tuple[dict[str, int], dict[str, list[str]]]:
    waiting = dict.fromkeys(needs, 0)
    dependents: dict[str, list[str]] = {}
    for step, required in needs.items():
        for need in required:
            if need in waiting:
                waiting[step] += 1
                dependents.setdefault(need, []).append(step)
    return waiting, dependents


def find_cycles(needs: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Return cycles that share no step, at least one if there is any.

    Each is a closed path in the direction of flow, from its first step in the file back to it.
    """
    leveled = levels(needs)
    # Every step without a level needs another such step, so following these needs must close a circle.
    before = {
        step: next(need for need in required if need in needs and need not in leveled)
        for step, required in needs.items()
        if step not in leveled
    }
    order = {step: index for index, step in enumerate(before)}
    cycles: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for start in before:
        trail: dict[str, None] = {}
        step = start
        while step not in seen:
            seen.add(step)
            trail[step] = None
            step = before[step]
        if step in trail:
            cycles.append(_closed(list(trail), step, order))
    return tuple(cycles)


def _closed(trail: list[str], entry: str, order: Mapping[str, int]) -> tuple[str, ...]:
    flow = trail[trail.index(entry) :][::-1]
    first = flow.index(min(flow, key=order.__getitem__))
    return (*flow[first:], *flow[: first + 1])
