"""What refusals teach: how long all calls wait, and how many a second there may be after that.

Calls that were under way when the first was refused belong to the same round: it is one pause, and one
lesson. The lesson is a measurement: the provider took so many calls from the last resumption to the end of
the pause it asks for, so that is its rate. Where there is a rate already, it is at least lowered by a part.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from goflow.governor.state import START

if TYPE_CHECKING:
    from goflow.governor.state import Epoch, State

_UNTOLD_S: Final = 1.0
"""The pause when none is asked for; twice as long each time that nothing was taken since the last."""
_LONGEST_UNTOLD_S: Final = 32.0
_SHORTEST_S: Final = 0.1
_ROUNDING_S: Final = 1.0
"""Waits are told in whole seconds: a pause is not put off by less than one."""

BELIEVED_S: Final = 900.0

_IDLE_S: Final = 2.0
_LONG_S: Final = 10.0
_MANY: Final = 8.0

_DECREASE: Final = 0.92
_FIRST_CEILING: Final = 1.1
"""The first measurement includes all of a pause, of which the last part may not have been needed.

One of few calls says next to nothing: the rate may be far above it.
"""
_LEAST: Final = 0.1
"""One round takes a rate no lower than to a tenth."""

_FAR: Final = 0.9
_BEYOND: Final = 1.1
_GAIN_FAR: Final = 0.25
_GAIN_NEAR: Final = 0.015
_USUAL: Final = 20.0
"""Where fewer calls a second are taken, a refusal is a larger share of them, so it is risked less often."""
_GAIN_BEYOND: Final = 0.2
LOOK_AGAIN_S: Final = 0.25
"""A rate that holds calls back grows in steps of no longer than this; time in which none waits counts not."""


def count_grant(state: State, now: float) -> None:
    """Count a call of this epoch; after a time without calls, or a long time, what was before counts less."""
    epoch = state.epoch
    if not epoch.began_at or (now - state.counts.granted_at > _IDLE_S and not epoch.empty):
        epoch.began_at, epoch.granted, epoch.carried = now, 0.0, 0.0
    elif now - epoch.began_at > _LONG_S and epoch.granted >= _MANY:
        epoch.began_at += (now - epoch.began_at) / 2
        epoch.granted, epoch.carried = epoch.granted / 2, epoch.carried / 2
    epoch.granted += 1


def count_refusal(state: State, number: float, now: float, asked_s: float | None, *, learns: bool) -> None:
    """Take in that call `number` was refused, and pause for all."""
    epoch = state.epoch
    is_late = number <= epoch.last
    if not is_late:
        _open(state, now, learns=learns)
        epoch.asked_s = -1.0 if asked_s is None else asked_s
    elif asked_s is not None:
        _put_off(epoch, now + asked_s)
    if is_late and not epoch.refused:
        return
    epoch.refused += 1
    epoch.paused_until_at = max(epoch.paused_until_at, epoch.refused_at + _pause_s(epoch))
    if epoch.learns:
        _learn(state, now)


def count_answer(state: State, now: float) -> None:
    """Cut a pause that is longer than was asked for: a call has ended, which may be what was waited for."""
    epoch = state.epoch
    if epoch.refused and now < epoch.paused_until_at:
        shortest = epoch.refused_at + max(epoch.asked_s, _UNTOLD_S)
        epoch.paused_until_at = max(now, min(epoch.paused_until_at, shortest))


def pause(state: State, now: float) -> tuple[float, float] | None:
    """Return until when no call is to go, and until when that is believed: one finds out then.

    None where calls may go.
    """
    until = state.epoch.paused_until_at
    believed_until = min(until, state.epoch.refused_at + BELIEVED_S)
    return (until, believed_until) if now < believed_until else None


def resume(state: State, now: float) -> None:
    """Let calls go again: one at first after a round in which nothing was taken, or before the pause ends."""
    epoch, learned = state.epoch, state.learned
    is_early = now < epoch.paused_until_at
    if was_empty := _taken(epoch) <= 0:
        epoch.empty += 1
    else:
        epoch.empty = epoch.carried = epoch.began_at = 0.0
    epoch.granted = epoch.refused = epoch.paused_until_at = 0.0
    learned.window = state.counts.in_flight + (1.0 if was_empty or is_early else START)
    learned.window_full_at = 0.0


def grow(state: State, now: float) -> None:
    """Raise the rate that holds calls back: fast far below the last refusal, slowly near it, then faster."""
    learned = state.learned
    elapsed_s = min(now - learned.rate_at, LOOK_AGAIN_S)
    ratio = learned.rate / learned.ceiling if learned.ceiling else math.inf
    near = _GAIN_NEAR * min(1.0, learned.rate / _USUAL)
    gain = _GAIN_FAR if ratio < _FAR else near if ratio < _BEYOND else _GAIN_BEYOND
    factor = 1 + gain * elapsed_s
    learned.rate *= factor
    learned.used_until_at = now + (learned.used_until_at - now) / factor
    learned.rate_at = now


def _open(state: State, now: float, *, learns: bool) -> None:
    epoch = state.epoch
    epoch.refused, epoch.refused_at, epoch.last = 0.0, now, state.counts.granted
    epoch.learns, epoch.rate_before = float(learns), state.learned.rate
    epoch.paused_until_at = now


def _put_off(epoch: Epoch, until: float) -> None:
    if until > epoch.paused_until_at + _ROUNDING_S:
        epoch.paused_until_at, epoch.asked_s = until, until - epoch.refused_at


def _taken(epoch: Epoch) -> float:
    return epoch.granted - epoch.refused


def _pause_s(epoch: Epoch) -> float:
    """Return the pause that was asked for; a longer one where nothing was taken, or none was asked for."""
    empty = epoch.empty + (_taken(epoch) <= 0)
    grown_s = min(_LONGEST_UNTOLD_S, _UNTOLD_S * 2 ** min(empty, 10.0))
    if epoch.asked_s < 0:
        return grown_s
    return max(epoch.asked_s, grown_s / 2 if empty else _SHORTEST_S)


def _learn(state: State, now: float) -> None:
    epoch, learned = state.epoch, state.learned
    taken = epoch.carried + max(0.0, _taken(epoch))
    before = epoch.rate_before
    if taken <= 0:
        learned.rate = before
        return
    with_pause = taken / (epoch.paused_until_at - epoch.began_at)
    if before:
        until_pause = taken / max(epoch.refused_at - epoch.began_at, _SHORTEST_S)
        learned.ceiling = min(before, until_pause)
        measured = math.sqrt(with_pause * until_pause)
        learned.rate = max(min(_DECREASE * learned.ceiling, measured), _LEAST * before)
    else:
        learned.rate = with_pause
        learned.ceiling = _FIRST_CEILING * with_pause if taken >= _MANY else 0.0
    learned.rate_at = learned.learned_at = now
