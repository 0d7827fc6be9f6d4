"""Simulated providers: what they take, and what they say of it. Time is passed in."""

from __future__ import annotations

import math
from typing import Protocol

from goflow.governor.limits import NOTHING_TOLD, LimitsTold, QuotaTold


class Server(Protocol):
    def take(self, now: float, tokens: float) -> float:
        """Return the seconds until a call like this one would be taken; zero if this one was."""
        ...

    def told(self, now: float) -> LimitsTold: ...


class Unlimited:
    def take(self, now: float, tokens: float) -> float:
        return 0.0

    def told(self, now: float) -> LimitsTold:
        return NOTHING_TOLD


class Closed:
    """Takes nothing for so long after the first call, and then everything; it asks for `wait_s` each time."""

    def __init__(self, span_s: float, wait_s: float) -> None:
        self._span_s, self._wait_s = span_s, wait_s
        self._first: float | None = None

    def take(self, now: float, tokens: float) -> float:
        self._first = now if self._first is None else self._first
        return self._wait_s if now < self._first + self._span_s else 0.0

    def told(self, now: float) -> LimitsTold:
        return NOTHING_TOLD


class FixedWindow:
    """So many calls in each window; the first began `phase_s` before time zero."""

    def __init__(self, limit: int, span_s: float, phase_s: float = 0.0) -> None:
        self.limit, self.span_s, self.phase_s = limit, span_s, phase_s
        self._window, self._taken = -1, 0

    def take(self, now: float, tokens: float) -> float:
        self._open(now)
        if self._taken >= self.limit:
            return self._reset_s(now)
        self._taken += 1
        return 0.0

    def told(self, now: float) -> LimitsTold:
        self._open(now)
        remaining = max(0, self.limit - self._taken)
        return LimitsTold(
            requests=QuotaTold(limit=self.limit, remaining=remaining, reset_s=self._reset_s(now))
        )

    def _open(self, now: float) -> None:
        window = math.floor((now + self.phase_s) / self.span_s)
        if window != self._window:
            self._window, self._taken = window, 0

    def _reset_s(self, now: float) -> float:
        return (self._window + 1) * self.span_s - self.phase_s - now


class SlidingWindow:
    """So many calls in any time that is so long."""

    def __init__(self, limit: int, span_s: float) -> None:
        self.limit, self.span_s = limit, span_s
        self._taken: list[float] = []

    def take(self, now: float, tokens: float) -> float:
        self._drop(now)
        if len(self._taken) >= self.limit:
            return self._taken[-self.limit] + self.span_s - now
        self._taken.append(now)
        return 0.0

    def told(self, now: float) -> LimitsTold:
        self._drop(now)
        remaining = max(0, self.limit - len(self._taken))
        reset_s = self._taken[0] + self.span_s - now if self._taken else 0.0
        return LimitsTold(requests=QuotaTold(limit=self.limit, remaining=remaining, reset_s=reset_s))

    def _drop(self, now: float) -> None:
        self._taken = [moment for moment in self._taken if moment > now - self.span_s]


class TokenBucket:
    """Fills up bit by bit; counts calls, or their tokens."""

    def __init__(self, most: float, per_s: float, *, of_tokens: bool = False) -> None:
        self.most, self.per_s, self._of_tokens = most, per_s, of_tokens
        self._level, self._at = most, 0.0

    def take(self, now: float, tokens: float) -> float:
        self._fill(now)
        needed = tokens if self._of_tokens else 1.0
        if self._level < needed:
            return (needed - self._level) / self.per_s
        self._level -= needed
        return 0.0

    def told(self, now: float) -> LimitsTold:
        self._fill(now)
        reset_s = (self.most - self._level) / self.per_s
        quota = QuotaTold(limit=self.most, remaining=math.floor(self._level), reset_s=reset_s)
        return LimitsTold(tokens=quota) if self._of_tokens else LimitsTold(requests=quota)

    def _fill(self, now: float) -> None:
        self._level = min(self.most, self._level + (now - self._at) * self.per_s)
        self._at = now


class Slots:
    """So many calls at once; `left` is called when one has ended."""

    def __init__(self, most: int) -> None:
        self.most, self._held = most, 0

    def take(self, now: float, tokens: float) -> float:
        if self._held >= self.most:
            return 1.0
        self._held += 1
        return 0.0

    def told(self, now: float) -> LimitsTold:
        return NOTHING_TOLD

    def left(self) -> None:
        self._held -= 1
