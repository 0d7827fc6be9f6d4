"""The workflows that are measured: deterministic, made here, written as YAML for goflow."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LAYER_WIDTH = 50
LAYER_OFFSETS = (0, 1, 7)
"""A step needs the steps of the layer before at its own place and these many places on: three of fifty."""

UNEVEN_SEED = 41
"""Its longest path is 6.56 s; level barriers would take 1.81 times that, as for most seeds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: what it asks, and what it waits for."""

    id: str
    prompt: str
    depends_on: tuple[str, ...] = ()
    delay_s: float = 0.0


Shape = tuple[Step, ...]


def fan_out(count: int) -> Shape:
    """Make one step, `count - 2` that need it, and one that needs and quotes all of those."""
    parts = count - 2
    names = tuple(f"part-{number:06}" for number in range(1, parts + 1))
    return (
        Step(id="prepare", prompt=f"Split the work into {parts} parts"),
        *(
            Step(id=name, prompt=f"Do {name}: {output_of('prepare')}", depends_on=("prepare",))
            for name in names
        ),
        Step(id="report", prompt="Sum up:\n" + "\n".join(map(output_of, names)), depends_on=names),
    )


def layers(count: int) -> Shape:
    """Make layers of 50 steps; each step needs, and quotes, three of the layer before."""
    return tuple(_layered(count))


def _layered(count: int) -> Iterator[Step]:
    for number in range(count):
        layer, place = divmod(number, LAYER_WIDTH)
        needs = (
            tuple(f"s-{layer - 1:04}-{(place + k) % LAYER_WIDTH:02}" for k in LAYER_OFFSETS) if layer else ()
        )
        quoted = " ".join(map(output_of, needs))
        yield Step(id=f"s-{layer:04}-{place:02}", prompt=f"Go on from {quoted}", depends_on=needs)


def uneven(count: int = 120, *, seed: int = UNEVEN_SEED, window: int = 40) -> Shape:
    """Make a random DAG in which one step in ten is slow (0.8 to 1.6 s, the others 0.05 to 0.35 s)."""
    chance = random.Random(seed)
    return tuple(_uneven_step(chance, number, window) for number in range(count))


def _uneven_step(chance: random.Random, number: int, window: int) -> Step:
    before = range(max(0, number - window), number)
    wanted = chance.randint(1 if number > 8 else 0, 3)
    needs = tuple(step_name(k) for k in sorted(chance.sample(before, min(len(before), wanted))))
    delay_s = round(chance.uniform(0.8, 1.6) if chance.random() < 0.1 else chance.uniform(0.05, 0.35), 3)
    name = step_name(number)
    return Step(id=name, prompt=f"step={name} delay={delay_s}", depends_on=needs, delay_s=delay_s)


def alone(count: int) -> Shape:
    """Make steps that need nothing, so that all can run at once."""
    return tuple(Step(id=step_name(k), prompt=f"step={step_name(k)} delay=0") for k in range(count))


SHAPES: dict[str, Callable[[int], Shape]] = {
    "fan-out": fan_out,
    "layers": layers,
    "uneven": uneven,
    "alone": alone,
}


def step_name(number: int) -> str:
    """Name a step by its place in the file."""
    return f"s-{number:04}"


def output_of(step: str) -> str:
    """Write the reference to a step's output."""
    return f"{{{{steps.{step}.output}}}}"


def levels(shape: Shape) -> dict[str, int]:
    """Find each step's longest distance from a root; steps stand after what they need."""
    found: dict[str, int] = {}
    for step in shape:
        found[step.id] = 1 + max((found[need] for need in step.depends_on), default=-1)
    return found


def longest_path_s(shape: Shape) -> float:
    """Add up the delays along the path that takes longest: no schedule can be shorter."""
    ends: dict[str, float] = {}
    for step in shape:
        ends[step.id] = step.delay_s + max((ends[need] for need in step.depends_on), default=0.0)
    return max(ends.values())


def level_barriers_s(shape: Shape) -> float:
    """Add up the slowest delay of every level: what waiting for whole levels takes."""
    level_of = levels(shape)
    slowest: dict[int, float] = {}
    for step in shape:
        slowest[level_of[step.id]] = max(slowest.get(level_of[step.id], 0.0), step.delay_s)
    return sum(slowest.values())


def as_yaml(name: str, shape: Shape, config: dict[str, object] | None = None) -> str:
    """Write the workflow file; a JSON string is a YAML string too."""
    head = [
        f"name: {name}",
        f"config: {json.dumps(config or {})}",
        'agents: {worker: {inline: {prompt: "You do one part of the work."}}}',
        "steps:",
    ]
    return "\n".join([*head, *map(_step_as_yaml, shape)]) + "\n"


def _step_as_yaml(step: Step) -> str:
    lines = [f"  - id: {step.id}", "    agent: worker", f"    prompt: {json.dumps(step.prompt)}"]
    if step.depends_on:
        lines.append(f"    depends_on: [{', '.join(step.depends_on)}]")
    return "\n".join(lines)
