from __future__ import annotations

import pytest

from goflow.governor.limits import QuotaTold
from goflow.governor.told import FORGOTTEN_AFTER_S, Told

NOW = 1000.0


def told(*quotas: tuple[float, float, float], at: float = NOW) -> Told:
    """Make one that has heard `limit, remaining, reset_s`, each from a later call than the one before."""
    limit = Told()
    for number, (most, remaining, reset_s) in enumerate(quotas, 1):
        quota = QuotaTold(limit=most, remaining=remaining, reset_s=reset_s)
        limit.hear(quota, at, at, since=0, number=number)
    return limit


def test_nothing_is_held_back_by_a_limit_that_is_not_known() -> None:
    limit = Told()
    limit.take(NOW, 5)

    assert limit.free_at(NOW, 1000) == 0


def test_a_reset_that_is_longer_the_more_is_used_is_that_of_a_limit_that_fills_up() -> None:
    limit = told((600, 0, 60))

    assert limit.free_at(NOW, 1) == pytest.approx(NOW + 0.1)


def test_a_reset_that_does_not_fit_is_that_of_a_window() -> None:
    limit = told((600, 0, 20))

    assert limit.free_at(NOW, 1) == NOW + 20
    assert limit.free_at(NOW + 20, 600) == 0


def test_the_next_window_is_taken_to_be_as_long_as_the_longest_that_was_told() -> None:
    limit = told((600, 500, 55), (600, 10, 20))
    limit.take(NOW + 20, 600)

    assert limit.free_at(NOW + 20, 1) == NOW + 20 + 60


def test_a_day_of_requests_fills_up_as_slowly() -> None:
    limit = told((14_400, 14_370, 179.56))
    limit.take(NOW, 14_370)

    assert limit.free_at(NOW, 1) == pytest.approx(NOW + 6)


def test_a_short_window_is_spread() -> None:
    limit = told((20, 15, 0.9))
    limit.take(NOW + 1, 1)

    assert limit.free_at(NOW + 1, 1) == pytest.approx(NOW + 1 + 1 / (20 * 0.97))


def test_a_short_window_with_nothing_left_is_waited_for() -> None:
    assert told((20, 0, 0.9)).free_at(NOW, 1) == pytest.approx(NOW + 0.9)


def test_what_an_earlier_call_tells_is_old() -> None:
    limit = told((600, 300, 30))

    limit.hear(QuotaTold(limit=600, remaining=0, reset_s=60), NOW, NOW, since=0, number=0)

    assert limit.free_at(NOW, 300) == 0


def test_what_is_told_of_a_window_that_is_over_is_old() -> None:
    limit = Told()

    limit.hear(QuotaTold(limit=600, remaining=0, reset_s=10), NOW, NOW - 20, since=0, number=1)

    assert limit.free_at(NOW, 1) == 0


def test_what_came_back_while_a_call_took_long_is_there() -> None:
    limit = Told()

    limit.hear(QuotaTold(limit=600, remaining=0, reset_s=60), NOW, NOW - 20, since=150, number=1)

    assert limit.free_at(NOW, 50) == 0
    assert limit.free_at(NOW, 51) == pytest.approx(NOW + 0.1)


def test_a_limit_that_is_whole_keeps_the_way_it_fills_up() -> None:
    limit = told((600, 300, 30), (600, 600, 0))
    limit.take(NOW, 600)

    assert limit.free_at(NOW, 1) == pytest.approx(NOW + 0.1)


def test_windows_are_forgotten_after_a_long_silence() -> None:
    limit = told((600, 590, 50))
    later = NOW + FORGOTTEN_AFTER_S + 1

    limit.hear(QuotaTold(limit=600, remaining=0, reset_s=20), later, later, since=0, number=1)

    assert limit.window_s == 20


def test_after_a_long_silence_one_call_finds_out() -> None:
    limit = told((20, 0, 50_000))
    later = NOW + FORGOTTEN_AFTER_S + 1

    assert limit.free_at(later - 2, 1) == NOW + 50_000
    assert limit.free_at(later, 1) == 0
    limit.take(later, 1)
    assert limit.free_at(later, 1) == NOW + 50_000
