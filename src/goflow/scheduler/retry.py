"""What follows a failed attempt: another model, another attempt after a wait, or the end of the step."""

from __future__ import annotations

from typing import Final, TypeAlias

from goflow.events import Failure, FailureKind
from goflow.values import dataclass

LONG_WAIT_S: Final = 5.0
"""A rate limit longer than this moves on to the next model, where there is one."""
LONGEST_WAIT_S: Final = 600.0
"""A run does not stay up longer than this for a quota alone: it stops, and can be resumed."""
MOST_QUOTA_REFUSALS: Final = 12
"""A quota that is used up so often in a row is not there again when it is said to be."""
FIRST_BACKOFF_S: Final = 0.5
LONGEST_BACKOFF_S: Final = 30.0

_CAN_PASS: Final = frozenset(
    {
        FailureKind.TIMEOUT,
        FailureKind.CONNECTION,
        FailureKind.OVERLOADED,
        FailureKind.RATE_LIMITED,
        FailureKind.EMPTY_OUTPUT,
    }
)
_MOVES_ON: Final = frozenset({FailureKind.MODEL_UNAVAILABLE, FailureKind.QUOTA_EXHAUSTED})

_LIMITS: Final = frozenset({FailureKind.QUOTA_EXHAUSTED, FailureKind.RATE_LIMITED})


@dataclass(frozen=True, slots=True)
class NextModel:
    """Ask the next model at once; no retry is used up."""


@dataclass(frozen=True, slots=True)
class WaitThenRetry:
    """Ask again after a wait, in milliseconds; one retry is used up. For a long one no run stays up."""

    wait_ms: int
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class WaitForQuota:
    """Ask again when the provider said that it can be asked, in milliseconds; no retry is used up.

    A run does not stay up for one that is long, or that comes after too many others.
    """

    wait_ms: int
    is_long: bool


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Fail the step."""


Move: TypeAlias = NextModel | WaitThenRetry | WaitForQuota | GiveUp


def next_move(
    failure: Failure,
    *,
    chance: float,
    retries_used: int,
    retry_count: int,
    has_next_model: bool,
    quota_refusals: int = 0,
) -> Move:
    """Choose what follows a failure; `chance` in [0, 1) spreads the waits of steps that failed together.

    `quota_refusals` are those in a row before this failure.
    """
    if has_next_model and _concerns_the_model(failure):
        return NextModel()
    is_long = (failure.retry_after_s or 0.0) > LONGEST_WAIT_S
    if (quota_s := _quota_wait_s(failure)) is not None:
        is_in_vain = quota_refusals + 1 >= MOST_QUOTA_REFUSALS
        return WaitForQuota(round(1000 * quota_s), is_long=is_long or is_in_vain)
    if failure.kind in _CAN_PASS and retries_used < retry_count:
        wait_s = _wait_s(failure, chance=chance, retries_used=retries_used)
        return WaitThenRetry(round(1000 * wait_s), is_long=is_long)
    return GiveUp()


def _concerns_the_model(failure: Failure) -> bool:
    is_long_limit = failure.kind is FailureKind.RATE_LIMITED and (failure.retry_after_s or 0) > LONG_WAIT_S
    return failure.kind in _MOVES_ON or is_long_limit


def _quota_wait_s(failure: Failure) -> float | None:
    """Return when a quota is there again, or a rate limit that is as long as one."""
    wait_s = failure.retry_after_s
    if wait_s is None or failure.kind not in _LIMITS:
        return None
    return wait_s if failure.kind is FailureKind.QUOTA_EXHAUSTED or wait_s > LONGEST_WAIT_S else None


def _wait_s(failure: Failure, *, chance: float, retries_used: int) -> float:
    """Return exponential backoff, half of it left to chance; never less than the provider asked for."""
    longest = min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2.0 ** min(retries_used, 16))
    backoff_s = longest * (0.5 + chance / 2)
    if failure.retry_after_s is None:
        return backoff_s
    return failure.retry_after_s + backoff_s / 4
