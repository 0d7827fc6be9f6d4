"""Where a budget has no room for a request: what that may take, what is left, and the least that would do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias, assert_never

from goflow.events import StopReason, StopRequested, TimerFired
from goflow.projections.quantities import at_least_usd, at_most_usd, plain_usd
from goflow.projections.spending import sum_run
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.planning.plan import Plan, PlannedBudget
    from goflow.projections.run_view import RunView


@dataclass(frozen=True, slots=True, kw_only=True)
class UsdShortfall:
    """A budget whose dollars have no room for a request."""

    needs: float
    spent: float
    bound: float

    def told(self) -> str:
        """Say what the request may take, and what is left."""
        left = at_most_usd(self.bound - self.spent)
        return f"a request may take up to ${at_least_usd(self.needs):.4f}, ${left:.4f} is left"

    def least(self) -> str:
        """Return the least amount that has room for it, for people."""
        return f"${self._least:.4f}"

    def flag(self) -> str:
        """Return that amount as `--budget` takes it."""
        return f"cost_usd={plain_usd(self._least)}"

    @property
    def _least(self) -> float:
        return at_least_usd(self.spent + self.needs)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenShortfall:
    """A budget whose tokens have no room for a request."""

    needs: int
    spent: int
    bound: int

    def told(self) -> str:
        """Say what the request may take, and what is left."""
        left = max(0, self.bound - self.spent)
        return f"a request may take up to {self.needs} tokens, {left} are left"

    def least(self) -> str:
        """Return the least number that has room for it, for people."""
        return f"{self.spent + self.needs} tokens"

    def flag(self) -> str:
        """Return that number as `--budget` takes it."""
        return f"tokens={self.spent + self.needs}"


Shortfall: TypeAlias = UsdShortfall | TokenShortfall
"""An amount of a budget of which less is left than a request may take."""


def tell_shortfalls(shortfalls: Iterable[Shortfall]) -> str:
    """Say what is short, and how much would do."""
    return "; ".join(f"{each.told()}: give at least {each.least()}" for each in shortfalls)


def stop_for(shortfalls: Iterable[Shortfall]) -> StopRequested:
    """Return what stops a run whose budget is short of this, once what is under way has ended."""
    needs_usd = needs_tokens = None
    for each in shortfalls:
        match each:
            case UsdShortfall():
                needs_usd = each.needs
            case TokenShortfall():
                needs_tokens = each.needs
            case _ as unreachable:
                assert_never(unreachable)
    return StopRequested(
        reason=StopReason.BUDGET, grace_s=None, needs_usd=needs_usd, needs_tokens=needs_tokens
    )


def shortfalls_of(view: RunView, plan: Plan | None) -> tuple[Shortfall, ...]:
    """Return what the run's budget was short of when it stopped the run, as far as its events know.

    What was held for answers that did not tell what they took is in none of them.
    """
    stop, budget = view.budget_stop, None if plan is None else plan.budget
    if view.reason is not StopReason.BUDGET or not isinstance(stop, StopRequested) or budget is None:
        return ()
    return tuple(each for each in _shortfalls(stop, budget, view) if each.spent + each.needs > each.bound)


def amounts_to_raise(view: RunView, plan: Plan | None) -> str:
    """Return what `--budget` has to name for the run to go on; `N` where it is not known how much."""
    if shortfalls := shortfalls_of(view, plan):
        return ",".join(each.flag() for each in shortfalls)
    if isinstance(view.budget_stop, TimerFired):
        return "time=N"
    budget = None if plan is None else plan.budget
    bounds = {
        "cost_usd=N": budget is None or budget.cost_usd is not None,
        "tokens=N": budget is not None and budget.tokens is not None,
        "time=N": budget is not None and budget.time_ms is not None,
    }
    return ",".join(name for name, is_set in bounds.items() if is_set)


def _shortfalls(stop: StopRequested, budget: PlannedBudget, view: RunView) -> Iterator[Shortfall]:
    spent = sum_run(view)
    if stop.needs_usd is not None and budget.cost_usd is not None:
        yield UsdShortfall(needs=stop.needs_usd, spent=spent.cost_usd or 0.0, bound=budget.cost_usd)
    if stop.needs_tokens is not None and budget.tokens is not None:
        yield TokenShortfall(needs=stop.needs_tokens, spent=spent.tokens, bound=budget.tokens)
