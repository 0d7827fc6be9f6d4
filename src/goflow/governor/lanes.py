"""A rate that is kept to by spacing calls: each one moves on the time from which the rate is used up."""

from __future__ import annotations

from typing import Final

_GIVEN_BURST: Final = 5.0
"""Calls that may go at once where a limit is given, if it allows so many a minute."""
_SHORT_S: Final = 0.1
_TOKENS_S: Final = 10.0


def burst_of_requests(per_minute: float) -> float:
    """Return how many calls may go at once under a given limit: five, or a tenth of a second's."""
    return max(1.0, min(per_minute, _GIVEN_BURST), per_minute / 60 * _SHORT_S)


def burst_of_tokens(per_minute: float) -> float:
    """Return how many tokens may go at once under a given limit: ten seconds' worth."""
    return per_minute / 60 * _TOKENS_S


def burst_of_learned(per_s: float) -> float:
    """Return how many calls may go at once at a learned rate: one, or a twentieth of a second's."""
    return max(1.0, per_s * _SHORT_S / 2)


def free_at(used_until: float, amount: float, per_s: float, burst: float) -> float:
    """Return when `amount` may go; more than a burst goes when the whole burst is free."""
    return used_until + (min(amount, burst) - burst) / per_s


def use(used_until: float, now: float, amount: float, per_s: float) -> float:
    """Return until when the rate is used up once `amount` has gone."""
    return max(used_until, now) + amount / per_s
