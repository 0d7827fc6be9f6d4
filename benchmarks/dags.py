"""Random workflows by family, for simulations: what each step needs, in some order that a file may have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

MEDIAN_MS = 4_000
SPREAD = 0.8
"""Steps take lognormal times of this median and sigma: the slowest of a hundred takes seven times as long."""

Needs = list[list[int]]
"""What each step needs: steps before it."""


def fan_out(chance: random.Random) -> Needs:
    """Make one step, many that need it, and one that needs all of those."""
    parts = chance.randint(20, 120)
    return [[], *([0] for _ in range(parts)), list(range(1, parts + 1))]


def layered(chance: random.Random) -> Needs:
    """Make layers; each step needs one to three of the layer before."""
    needs: Needs = []
    before: list[int] = []
    for _ in range(chance.randint(3, 8)):
        layer = range(len(needs), len(needs) + chance.randint(4, 24))
        needs.extend(_some(chance, before, 3) for _ in layer)
        before = list(layer)
    return needs


def sparse(chance: random.Random) -> Needs:
    """Make steps that need up to three of any before them."""
    count = chance.randint(40, 140)
    return [_some(chance, range(number), chance.randint(0, 3)) for number in range(count)]


def series_parallel(chance: random.Random) -> Needs:
    """Make parts that stand one after the other or side by side, of such parts in turn."""
    needs: Needs = []
    _compose(chance, needs, [], chance.randint(40, 120))
    return needs


def chain_and_short(chance: random.Random) -> Needs:
    """Make one long chain, and many steps beside it that need nothing."""
    chain = chance.randint(8, 20)
    shorts = chance.randint(30, 100)
    return [*([] for _ in range(shorts)), *([shorts + k - 1] if k else [] for k in range(chain))]


def map_reduce(chance: random.Random) -> Needs:
    """Make rounds side by side, each of which maps, then reduces in two stages, then one last step."""
    needs: Needs = []
    ends: list[int] = []
    for _ in range(chance.randint(2, 5)):
        split = _add(needs, [])
        maps = [_add(needs, [split]) for _ in range(chance.randint(5, 30))]
        thirds = [_add(needs, maps[k::3]) for k in range(3)]
        ends.append(_add(needs, thirds))
    _add(needs, ends)
    return needs


FAMILIES: dict[str, Callable[[random.Random], Needs]] = {
    "fan-out": fan_out,
    "layered": layered,
    "random sparse": sparse,
    "series-parallel": series_parallel,
    "chain and short": chain_and_short,
    "map-reduce": map_reduce,
}


def draw(chance: random.Random, family: str) -> tuple[Needs, dict[str, int]]:
    """Return what the steps of a random workflow need, and how long each takes in milliseconds, by name."""
    needs = in_some_order(chance, FAMILIES[family](chance))
    times = [max(1, round(MEDIAN_MS * chance.lognormvariate(0, SPREAD))) for _ in needs]
    return needs, {name_of(number): time_ms for number, time_ms in enumerate(times)}


def name_of(number: int) -> str:
    """Name a step."""
    return f"s{number}"


def in_some_order(chance: random.Random, needs: Needs) -> Needs:
    """Number the steps anew: any order in which each stands after what it needs."""
    dependents: Needs = [[] for _ in needs]
    for step, required in enumerate(needs):
        for need in required:
            dependents[need].append(step)
    unmet = [len(required) for required in needs]
    ready = [step for step, count in enumerate(unmet) if not count]
    place: dict[int, int] = {}
    while ready:
        step = ready.pop(chance.randrange(len(ready)))
        place[step] = len(place)
        for dependent in dependents[step]:
            unmet[dependent] -= 1
            if not unmet[dependent]:
                ready.append(dependent)
    return [sorted(place[need] for need in needs[step]) for step in place]


def _some(chance: random.Random, steps: list[int] | range, most: int) -> list[int]:
    wanted = min(len(steps), max(min(1, most), chance.randint(0, most)))
    return chance.sample(steps, wanted)


def _add(needs: Needs, required: list[int]) -> int:
    needs.append(required)
    return len(needs) - 1


def _compose(chance: random.Random, needs: Needs, before: list[int], count: int) -> list[int]:
    """Add about `count` steps after `before`; return the last of them."""
    if count <= 1:
        return [_add(needs, before)]
    parts = chance.randint(2, min(count, 5))
    sizes = [max(1, count // parts + chance.randint(-count // 8, count // 8)) for _ in range(parts)]
    if chance.random() < 0.5:
        for size in sizes:
            before = _compose(chance, needs, before, size)
        return before
    return [last for size in sizes for last in _compose(chance, needs, before, size)]
