"""One budget: what is spent of it, and what is held for requests under way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Final

from goflow.projections.quantities import plain_usd
from goflow.projections.shortfall import TokenShortfall, UsdShortfall

if TYPE_CHECKING:
    from goflow.backends.base import Need
    from goflow.projections.shortfall import Shortfall

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
        return not self.shortfalls(need)

    def can_hold(self, need: Need) -> bool:
        """Whether it is enough for a request beside those under way."""
        usd, tokens = self.spent_usd + self.held_usd, self.spent_tokens + self.held_tokens
        return not any(self._short_of(need, usd, tokens))

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
            held = f"${self.held_usd:.4f} reserved of ${plain_usd(self.cost_usd)}"
            parts.append(f"${self.spent_usd:.4f} spent and {held}")
        if self.tokens is not None:
            parts.append(f"{self.spent_tokens} tokens spent and {self.held_tokens} reserved of {self.tokens}")
        return ", ".join(parts)

    def shortfalls(self, need: Need) -> tuple[Shortfall, ...]:
        """Return what is not enough for a request, even when no other is under way."""
        return tuple(self._short_of(need, self.spent_usd, self.spent_tokens))

    def _short_of(self, need: Need, usd: float, tokens: int) -> Iterator[Shortfall]:
        """Yield what is not enough besides so much; what has no known price no amount of dollars bounds."""
        bound_usd = inf if self.cost_usd is None else self.cost_usd + _ROUNDING_USD
        if need.cost_usd is not None and usd + need.cost_usd > bound_usd:
            yield UsdShortfall(needs=need.cost_usd, spent=usd, bound=self.cost_usd or 0.0)
        if self.tokens is not None and tokens + need.tokens > self.tokens:
            yield TokenShortfall(needs=need.tokens, spent=tokens, bound=self.tokens)
