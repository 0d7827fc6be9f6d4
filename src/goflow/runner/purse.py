"""What a run may still spend: reserved before a request is made, settled when it has ended.

What is reserved counts as spent, so that requests made at the same time cannot spend the same money. What was
spent is what the run's events say, also those of earlier owners.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from goflow.backends.base import Need
from goflow.projections.run_view import RunView
from goflow.projections.spending import NOTHING, Spending, sum_run, sum_step

if TYPE_CHECKING:
    from goflow.events import Event, Usage
    from goflow.planning.plan import Plan, PlannedBudget


class Shortage(StrEnum):
    """Why nothing can be reserved."""

    HELD = "held"
    """Others hold what is left, and may give some of it back."""
    RUN = "run"
    """The run's budget does not allow the request."""
    STEP = "step"
    """The step's own budget does not allow the request."""


@dataclass(slots=True)
class Pot:
    """One budget, what is spent of it, and what is held for requests under way."""

    cost_usd: float | None
    tokens: int | None
    spent_usd: float = 0.0
    spent_tokens: int = 0
    held_usd: float = 0.0
    held_tokens: int = 0

    def could_ever_hold(self, need: Need) -> bool:
        """Whether it is enough for a request when no other is under way."""
        return self._allows(self.spent_usd + (need.cost_usd or 0.0), self.spent_tokens + need.tokens)

    def can_hold(self, need: Need) -> bool:
        """Whether it is enough for a request beside those under way."""
        usd = self.spent_usd + self.held_usd + (need.cost_usd or 0.0)
        return self._allows(usd, self.spent_tokens + self.held_tokens + need.tokens)

    def hold(self, need: Need, sign: int = 1) -> None:
        """Hold what a request may take, or let go of it again."""
        self.held_usd += sign * (need.cost_usd or 0.0)
        self.held_tokens += sign * need.tokens

    def spend(self, cost_usd: float | None, tokens: int) -> None:
        """Count what a request has taken."""
        self.spent_usd += cost_usd or 0.0
        self.spent_tokens += tokens

    def describe(self) -> str:
        """Say in words what is spent and held of what."""
        parts = []
        if self.cost_usd is not None:
            parts.append(
                f"${self.spent_usd:.4f} spent and ${self.held_usd:.4f} reserved of ${self.cost_usd:g}"
            )
        if self.tokens is not None:
            parts.append(f"{self.spent_tokens} tokens spent and {self.held_tokens} reserved of {self.tokens}")
        return ", ".join(parts)

    def _allows(self, usd: float, tokens: int) -> bool:
        is_within_cost = self.cost_usd is None or usd <= self.cost_usd
        return is_within_cost and (self.tokens is None or tokens <= self.tokens)


@dataclass(slots=True, eq=False)
class Reserved:
    """What is held for one request until it is settled."""

    step: str
    need: Need
    is_settled: bool = False


@dataclass(slots=True)
class Purse:
    """The budgets of a run and of its steps."""

    run: Pot
    steps: dict[str, Pot] = field(default_factory=dict)

    def take(self, step: str, need: Need) -> Reserved | Shortage:
        """Reserve what a request may take at most."""
        pots = self._pots(step)
        own = self.steps.get(step)
        if own is not None and not own.could_ever_hold(need):
            return Shortage.STEP
        if not self.run.could_ever_hold(need):
            return Shortage.RUN
        if not all(pot.can_hold(need) for pot in pots):
            return Shortage.HELD
        for pot in pots:
            pot.hold(need)
        return Reserved(step, need)

    def settle(self, reserved: Reserved, usage: Usage) -> None:
        """Put what was really taken in the place of what was reserved."""
        self.give_back(reserved)
        for pot in self._pots(reserved.step):
            pot.spend(usage.cost_usd, usage.input_tokens + usage.output_tokens)

    def give_back(self, reserved: Reserved) -> None:
        """Let go of what was reserved, if it is still held."""
        if not reserved.is_settled:
            reserved.is_settled = True
            for pot in self._pots(reserved.step):
                pot.hold(reserved.need, -1)

    def _pots(self, step: str) -> list[Pot]:
        own = self.steps.get(step)
        return [self.run] if own is None else [self.run, own]


def purse_of(plan: Plan, history: Iterable[Event]) -> Purse | None:
    """Return the purse of a run, with what has been spent already; None where nothing bounds it."""
    owned = {name: step.budget for name, step in plan.steps.items() if _is_bounded(step.budget)}
    if not owned and not _is_bounded(plan.budget):
        return None
    view = RunView()
    for event in history:
        view.see(event)
    return Purse(
        _pot(plan.budget, sum_run(view)),
        {name: _pot(budget, _spent_by(view, name)) for name, budget in owned.items()},
    )


def _is_bounded(budget: PlannedBudget | None) -> bool:
    return budget is not None and (budget.cost_usd is not None or budget.tokens is not None)


def _spent_by(view: RunView, step: str) -> Spending:
    return sum_step(view.steps[step]) if step in view.steps else NOTHING


def _pot(budget: PlannedBudget | None, spent: Spending) -> Pot:
    return Pot(
        cost_usd=None if budget is None else budget.cost_usd,
        tokens=None if budget is None else budget.tokens,
        spent_usd=spent.cost_usd or 0.0,
        spent_tokens=spent.tokens,
    )
