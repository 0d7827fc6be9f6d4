"""Which ready step goes first: the one with the longest way to the end of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goflow.planning.plan import Plan


def has_few_slots(plan: Plan) -> bool:
    """Whether a step that is ready may have to wait for another to end."""
    return 0 < plan.max_concurrency < len(plan.steps)


def places(plan: Plan, estimates: Mapping[str, int]) -> dict[str, int]:
    """Return where each step stands in line, the smallest first; steps with equal ways in the file's order.

    Empty where slots are not few: the order is the file's.
    """
    if not has_few_slots(plan):
        return {}
    ways = longest_ways(plan, estimates)
    beyond = 1 + max(step.index for step in plan.steps.values())
    return {name: step.index - beyond * ways[name] for name, step in plan.steps.items()}


def longest_ways(plan: Plan, estimates: Mapping[str, int]) -> dict[str, int]:
    """Return each step's longest way to the end: its own time, and the longest of those after it.

    `estimates` are milliseconds by step. A step without one counts as the mean of the others; without any,
    each counts one.
    """
    known = {name: max(1, estimates[name]) for name in plan.steps if name in estimates} if estimates else {}
    usual = round(sum(known.values()) / len(known)) if known else 1
    found: dict[str, int] = {}
    for level in reversed(plan.levels):
        for name in level:
            after = max(map(found.__getitem__, plan.steps[name].dependents), default=0)
            found[name] = known.get(name, usual) + after
    return found
