"""What is written under `limits`, as it will hold calls up: by the limiter's own rules of pace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.governor import lanes

if TYPE_CHECKING:
    from goflow.governor import LimitSpec


class LimitGate:
    """Lets calls go as a given limit does, on a clock that jumps."""

    def __init__(self, given: LimitSpec) -> None:
        self._given = given
        self._open = 0
        self._requests_until_s = 0.0
        self._tokens_until_s = 0.0

    def enter(self, now_ms: float, tokens: float) -> float | None:
        """Return when a call of so many tokens may go; None if another has to end first."""
        if self._given.concurrency is not None and self._open >= self._given.concurrency:
            return None
        self._open += 1
        at_s = max(now_ms / 1000, *self._free_at(tokens))
        if self._given.rpm is not None:
            self._requests_until_s = lanes.use(self._requests_until_s, at_s, 1.0, self._given.rpm / 60)
        if self._given.tpm is not None:
            self._tokens_until_s = lanes.use(self._tokens_until_s, at_s, tokens, self._given.tpm / 60)
        return at_s * 1000

    def leave(self) -> None:
        """Take in that a call has ended."""
        self._open -= 1

    def _free_at(self, tokens: float) -> tuple[float, float]:
        rpm, tpm = self._given.rpm, self._given.tpm
        requests_at = tokens_at = 0.0
        if rpm is not None:
            burst = lanes.burst_of_requests(rpm)
            requests_at = lanes.free_at(self._requests_until_s, 1.0, rpm / 60, burst)
        if tpm is not None:
            burst = lanes.burst_of_tokens(tpm)
            tokens_at = lanes.free_at(self._tokens_until_s, tokens, tpm / 60, burst)
        return requests_at, tokens_at
