"""What a run may still spend: reserved before a request is made, settled when it has ended.

What is reserved counts as spent, so that requests made at the same time cannot spend the same money. What was
spent is what the run's events say, also those of earlier owners.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from goflow.backends.base import Need
from goflow.events import NO_USAGE, AnswerRefused, AttemptFailed, StepCompleted, TurnTaken, Usage
from goflow.runner.pot import Pot

if TYPE_CHECKING:
    from goflow.events import Event
    from goflow.planning.plan import Plan, PlannedBudget


class Shortage(StrEnum):
    """Why nothing can be reserved."""

    HELD = "held"
    """Others hold what is left, and may give some of it back."""
    RUN = "run"
    """The run's budget does not allow the request."""
    STEP = "step"
    """The step's own budget does not allow the request."""


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

    def lack(self, step: str, need: Need) -> Shortage | None:
        """Return why what a request may take at most cannot be reserved; None where it can."""
        own = self.steps.get(step)
        if own is not None and not own.could_ever_hold(need):
            return Shortage.STEP
        if not self.run.could_ever_hold(need):
            return Shortage.RUN
        return None if all(pot.can_hold(need) for pot in self._pots(step)) else Shortage.HELD

    def take(self, step: str, need: Need) -> Reserved | Shortage:
        """Reserve what a request may take at most."""
        lack = self.lack(step, need)
        if lack is not None:
            return lack
        for pot in self._pots(step):
            pot.hold(need)
        return Reserved(step, need)

    def settle(self, reserved: Reserved, usage: Usage) -> None:
        """Put what was really taken in the place of what was reserved."""
        self.give_back(reserved)
        self.spend(reserved.step, usage)

    def spend(self, step: str, usage: Usage) -> None:
        """Count what a step has taken."""
        for pot in self._pots(step):
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
    purse = Purse(_pot(plan.budget), {name: _pot(budget) for name, budget in owned.items()})
    for step, usage in _spent(history):
        purse.spend(step, usage)
    return purse


def _is_bounded(budget: PlannedBudget | None) -> bool:
    return budget is not None and (budget.cost_usd is not None or budget.tokens is not None)


def _pot(budget: PlannedBudget | None) -> Pot:
    return Pot(
        cost_usd=None if budget is None else budget.cost_usd,
        tokens=None if budget is None else budget.tokens,
    )


def _spent(history: Iterable[Event]) -> Iterator[tuple[str, Usage]]:
    """Yield what each attempt has taken: as its end says, or else what its turns did.

    An end that does not know its price, as one of its requests came to nothing, does not make that of its
    turns unknown.
    """
    turns: dict[tuple[str, int], Usage] = {}
    for event in history:
        match event.fact:
            case TurnTaken() | AnswerRefused() as fact:
                turn = (fact.step, fact.attempt)
                turns[turn] = turns.get(turn, NO_USAGE).plus(fact.usage)
            case StepCompleted() | AttemptFailed() as fact:
                before = turns.pop((fact.step, fact.attempt), NO_USAGE)
                is_known = fact.usage.cost_usd is not None
                yield fact.step, fact.usage if is_known else replace(fact.usage, cost_usd=before.cost_usd)
            case _:
                """Nothing else takes anything."""
    for (step, _), usage in turns.items():
        yield step, usage
