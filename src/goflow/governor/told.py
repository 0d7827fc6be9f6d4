"""A limit as the provider's headers tell it: how much is left, and how that comes back."""

from __future__ import annotations

from typing import Final

from goflow.governor.limits import QuotaTold
from goflow.values import dataclass

FORGOTTEN_AFTER_S: Final = 900.0
"""After so long without a word the limit may be another: one call finds out."""

_PERIODS_S: Final = (1.0, 60.0, 3600.0, 86_400.0)
_TOLERANCE: Final = 0.2

_SHORT_S: Final = 5.0
_SMALL: Final = 0.02
_CAREFUL: Final = 0.97
_NETWORK_S: Final = 0.1
"""A window may end later than it seems by what an answer takes to come, but by no more than this."""


@dataclass(slots=True)
class Told:
    """One limit; none is known while `limit` is zero.

    A provider either fills it up bit by bit, all of it in `period_s` and never above `most`, or (`period_s`
    is zero) at once when its window ends, at `reset_at`; its windows are taken to be `window_s` long. A short
    window is kept to as if it were filled bit by bit, with little to hold: where exactly it ends cannot be
    known through a network.
    """

    limit: float = 0.0
    most: float = 0.0
    level: float = 0.0
    level_at: float = 0.0
    period_s: float = 0.0
    window_s: float = 0.0
    reset_at: float = 0.0
    number: float = 0.0

    def free_at(self, now: float, amount: float) -> float:
        """Return when there is enough for `amount`; more than there ever is needs all there is."""
        if not self.limit or now - self.level_at > FORGOTTEN_AFTER_S:
            return 0.0
        if (missing := min(amount, self.most) - self._level(now)) <= 0:
            return 0.0
        return now + missing * self.period_s / self.limit if self.period_s else self.reset_at

    def take(self, now: float, amount: float) -> None:
        """Count what was granted."""
        if not self.limit:
            return
        if not self.period_s and now >= self.reset_at:
            self.reset_at = now + self.window_s
            self.level = self.limit
        self.level = self._level(now) - amount
        self.level_at = now

    def hear(self, quota: QuotaTold, now: float, asked_at: float, *, since: float, number: float) -> None:
        """Take in what the answer to call `number` told; `since` was granted after that call.

        Providers count a call when it comes, and say then what is left. What is said of a window that is
        over by now, or by an answer to an earlier call than the last that was heard, is old.
        """
        self._forget(now)
        if number < self.number:
            return
        self.number = number
        if period_s := _period_s(quota) or (self.period_s if _is_untouched(quota) else 0.0):
            self._hear_filling(quota, now, now - asked_at, since=since, period_s=period_s)
            return
        self.window_s = max(self.window_s, _window_s(quota.reset_s))
        reset_at = asked_at + quota.reset_s + min(now - asked_at, _NETWORK_S)
        if self.window_s <= _SHORT_S:
            self._hear_short(quota, now, reset_at)
        elif reset_at > now:
            self.limit = self.most = quota.limit
            self.level, self.level_at = quota.remaining - since, now
            self.period_s, self.reset_at = 0.0, reset_at

    def _hear_filling(
        self, quota: QuotaTold, now: float, elapsed_s: float, *, since: float, period_s: float
    ) -> None:
        self.limit = self.most = quota.limit
        self.period_s = period_s
        returned = elapsed_s * quota.limit / period_s
        self.level, self.level_at = min(quota.limit, quota.remaining - since + returned), now

    def _hear_short(self, quota: QuotaTold, now: float, reset_at: float) -> None:
        self.level = self._level(now) if self.limit else 0.0
        self.limit, self.most = quota.limit, max(1.0, quota.limit * _SMALL)
        self.period_s, self.level_at = self.window_s / _CAREFUL, now
        if quota.remaining < 1 and reset_at > now:
            self.level = min(self.level, 1 - (reset_at - now) * self.limit / self.period_s)

    def _level(self, now: float) -> float:
        if self.period_s:
            returned = (now - self.level_at) * self.limit / self.period_s
            return min(self.most, self.level + returned)
        return self.most if now >= self.reset_at else self.level

    def _forget(self, now: float) -> None:
        if self.limit and now - self.level_at > FORGOTTEN_AFTER_S:
            self.limit = self.window_s = self.number = 0.0


def _is_untouched(quota: QuotaTold) -> bool:
    return quota.remaining >= quota.limit


def _period_s(quota: QuotaTold) -> float:
    """Return in which time an empty limit fills up bit by bit; zero if the reset does not fit such a one.

    The reset is then the longer the less is left; that of a window is the shorter.
    """
    used = quota.limit - quota.remaining
    whole_s = quota.reset_s * quota.limit / used if used > 0 else 0.0
    fitting = (period_s for period_s in _PERIODS_S[1:] if abs(whole_s / period_s - 1) <= _TOLERANCE)
    return next(fitting, 0.0)


def _window_s(reset_s: float) -> float:
    """Return the length of a window of which so much is left: a usual one, if it may be that."""
    usual = (period_s for period_s in _PERIODS_S if 1 - _TOLERANCE <= reset_s / period_s <= 1)
    return max(_PERIODS_S[0], next(usual, reset_s))
