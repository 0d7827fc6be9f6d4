"""What a run has consumed: time, tokens, money; what is not known is counted, never taken for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.events import Usage
    from goflow.projections.run_view import AttemptView, RunView, StepView


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """A sum over attempts; `cost_usd` is None where no price is known, and `unpriced` counts these."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float | None = None
    unpriced: int = 0

    @property
    def tokens(self) -> int:
        """Return the tokens in both directions."""
        return self.input_tokens + self.output_tokens


NOTHING: Final = Spending()


def sum_step(step: StepView) -> Spending:
    """Sum up all attempts of a step, lost and failed ones too."""
    return _sum(step.attempts)


def sum_run(view: RunView) -> Spending:
    """Sum up all attempts of a run."""
    return _sum([attempt for step in view.steps.values() for attempt in step.attempts])


def _sum(attempts: Sequence[AttemptView]) -> Spending:
    used = [
        attempt.usage for attempt in attempts if attempt.usage is not None and _has_consumed(attempt.usage)
    ]
    if not used:
        return NOTHING
    unpriced = sum(usage.cost_usd is None for usage in used)
    costs = [usage.cost_usd for usage in used if usage.cost_usd is not None and not _is_in_vain(usage)]
    return Spending(
        requests=sum(usage.requests for usage in used),
        input_tokens=sum(usage.input_tokens for usage in used),
        output_tokens=sum(usage.output_tokens for usage in used),
        cached_tokens=sum(usage.cached_tokens for usage in used),
        cost_usd=sum(costs) if costs else None,
        unpriced=unpriced + _count_cut_off(attempts),
    )


def _count_cut_off(attempts: Sequence[AttemptView]) -> int:
    """Count the attempts that ended before they could tell what they consumed.

    Where no attempt has consumed anything (a mock), these have not either, and are not asked about.
    """
    return sum(1 for attempt in attempts if attempt.usage is None and attempt.ended_ms is not None)


def _is_in_vain(usage: Usage) -> bool:
    """Whether nothing came of the requests, so that their cost says nothing of a price."""
    return not (usage.input_tokens or usage.output_tokens or usage.cost_usd)


def _has_consumed(usage: Usage) -> bool:
    return bool(usage.requests or usage.input_tokens or usage.output_tokens or usage.cost_usd)
