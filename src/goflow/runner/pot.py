"""One budget: what is spent of it, and what is held for requests under way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from goflow.backends.base import Need

_ROUNDING_USD: Final = 1e-9
"""Ten times a tenth is a whole, whatever its sum is in the computer."""


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
        return self._allows(need, self.spent_usd, self.spent_tokens)

    def can_hold(self, need: Need) -> bool:
        """Whether it is enough for a request beside those under way."""
        return self._allows(need, self.spent_usd + self.held_usd, self.spent_tokens + self.held_tokens)

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

    def _allows(self, need: Need, usd: float, tokens: int) -> bool:
        """Whether there is so much besides; what has no known price is outside a bound on the cost."""
        is_bound_by_cost = self.cost_usd is not None and need.cost_usd is not None
        if is_bound_by_cost and usd + (need.cost_usd or 0.0) > (self.cost_usd or 0.0) + _ROUNDING_USD:
            return False
        return self.tokens is None or tokens + need.tokens <= self.tokens
