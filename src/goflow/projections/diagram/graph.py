"""What there is to draw: steps with labels, and what they need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from goflow.scheduler.status import StepStatus
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.planning.plan import Plan
    from goflow.projections.run_view import RunView
    from goflow.workflow import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A step as it is drawn; `status` is None where no run is shown."""

    id: str
    level: int
    needs: tuple[str, ...]
    condition: Condition | None
    status: StepStatus | None

    @property
    def edges(self) -> tuple[str, ...]:
        """Return the steps that arrows come from: those it needs, and the one that its condition tests."""
        tested = () if self.condition is None else (self.condition.step,)
        return tuple(dict.fromkeys((*self.needs, *tested)))

    def test_of(self, step: str) -> str | None:
        """Return what the step's condition asks of another step, None where it is not about that one."""
        if self.condition is None or self.condition.step != step:
            return None
        return _describe(self.condition)

    @property
    def label(self) -> str:
        """Return the id and the status, in characters that can be printed."""
        name = printable(self.id)
        return name if self.status is None else f"{name} [{self.status}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Nodes by id in the file's order, and by level."""

    name: str
    nodes: Mapping[str, Node]
    levels: Sequence[Sequence[str]]


def graph_of(plan: Plan, view: RunView | None) -> Graph:
    """Take from a plan, and from a run of it, what is drawn."""
    return Graph(
        name=plan.name,
        nodes={
            step.id: Node(
                id=step.id,
                level=step.level,
                needs=step.needs,
                condition=step.condition,
                status=None if view is None else _status(view, step.id),
            )
            for step in plan.steps.values()
        },
        levels=plan.levels,
    )


def _status(view: RunView, step: str) -> StepStatus:
    return view.steps[step].status if step in view.steps else StepStatus.PENDING


def printable(text: str) -> str:
    """Replace what cannot be printed, line breaks and hidden reordering too, by blanks."""
    return "".join(char if char.isprintable() else " " for char in text)


def _describe(condition: Condition) -> str:
    tests = (f"{test.holds} '{value}'" for test, values in condition.tests() for value in values)
    return printable(" and ".join(tests))
