"""What follows each failed attempt, worked out from the events as the scheduler does."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from goflow.events import AttemptFailed, Fact, RunReopened
from goflow.projections.quantities import format_time
from goflow.scheduler.retry import GiveUp, NextModel, WaitForQuota, WaitThenRetry, next_move

if TYPE_CHECKING:
    from goflow.planning.plan import Plan


class Following:
    """Counts the models and the retries that each step has used up."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._models: dict[str, int] = {}
        self._retries: dict[str, int] = {}

    def see(self, fact: Fact) -> str | None:
        """Take in the next fact; return what follows a failed attempt in words, None where the step fails."""
        match fact:
            case AttemptFailed() if fact.step in self._plan.steps:
                return self._follow(fact)
            case RunReopened():
                for step in fact.again:
                    self._models.pop(step, None)
                    self._retries.pop(step, None)
            case _:
                """Nothing is used up."""
        return None

    def _follow(self, fact: AttemptFailed) -> str | None:
        planned = self._plan.steps[fact.step]
        model, retries = self._models.get(fact.step, 0), self._retries.get(fact.step, 0)
        move = next_move(
            fact.failure,
            chance=fact.chance,
            retries_used=retries,
            retry_count=planned.retry_count,
            has_next_model=model + 1 < len(planned.models),
        )
        match move:
            case NextModel():
                self._models[fact.step] = model + 1
                return f"next model {planned.model_at(model + 1) or 'of the provider'}"
            case WaitThenRetry(wait_ms):
                self._retries[fact.step] = retries + 1
                return f"retry in {format_time(wait_ms)}"
            case WaitForQuota(wait_ms):
                return f"again in {format_time(wait_ms)}"
            case GiveUp():
                return None
            case _ as unreachable:
                assert_never(unreachable)
