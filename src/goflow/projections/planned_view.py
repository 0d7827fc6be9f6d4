"""A plan as people look at it before a run: its texts as far as they are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.events import MASK
from goflow.projections.memory import inject, shown_memory, system_with_memory
from goflow.projections.walk_demands import Demand, demands_of
from goflow.templating import parse
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from goflow.planning.plan import Plan, PlannedMemory, PlannedStep
    from goflow.templating import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedText:
    """A step and its texts: inputs are filled in, references to outputs stand as they are written.

    `demands` are what its condition tests.
    """

    step: PlannedStep
    system: str
    prompt: str
    demands: tuple[Demand, ...] = ()


def planned_texts(plan: Plan, mask: Callable[[str], str]) -> tuple[PlannedText, ...]:
    """Return the steps level by level; `mask` takes secrets out of texts."""
    inputs = known_inputs(plan, mask)
    steps = (plan.steps[name] for level in plan.levels for name in level)
    return tuple(
        _texts(step, plan.memory, lambda template: mask(template.render_inputs(inputs))) for step in steps
    )


def known_inputs(plan: Plan, mask: Callable[[str], str]) -> dict[str, str]:
    """Return the inputs; `***` stands in place of each secret one."""
    secret = plan.secret_inputs
    return {name: MASK if name in secret else mask(value) for name, value in plan.inputs.items()}


def _texts(step: PlannedStep, memory: PlannedMemory | None, render: Callable[[Template], str]) -> PlannedText:
    prompt, condition = render(step.prompt), step.condition
    if memory is not None and memory.is_injected:
        prompt = inject(shown_memory(memory.initial, ()), prompt)
    return PlannedText(
        step=step,
        system=system_with_memory(render(step.agent.system), memory),
        prompt=prompt,
        demands=() if condition is None else demands_of(condition, lambda text: render(parse(text))),
    )
