"""What a run's end means: which steps failed, and what that did to others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goflow.scheduler.status import StepStatus
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.planning.plan import Plan
    from goflow.projections.run_view import RunView, StepView


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What failed and what followed from it, all in the file's order.

    `starved` are the steps that ran on an empty input, with the failed steps whose outputs they read;
    `not_run` those that did not run, with the failed step that is the cause.
    """

    failed: tuple[str, ...]
    starved: dict[str, tuple[str, ...]]
    not_run: dict[str, str]


def assess(view: RunView, plan: Plan) -> Outcome:
    """Work out what failed and what followed from it."""
    steps = list(steps_in_order(view, plan))
    failed = {step.id: None for step in steps if step.status is StepStatus.FAILED}
    starved = {
        step.id: _in_order(plan, plan.steps[step.id].reads & failed.keys())
        for step in steps
        if failed and step.started_ms is not None
    }
    return Outcome(
        failed=tuple(failed),
        starved={name: empty for name, empty in starved.items() if empty},
        not_run={step.id: step.because for step in steps if step.because is not None},
    )


def steps_in_order(view: RunView, plan: Plan) -> Iterator[StepView]:
    """Yield the steps of the plan that the view has met; others are no longer in the file."""
    return (view.steps[name] for name in plan.steps if name in view.steps)


def _in_order(plan: Plan, names: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: plan.steps[name].index))
