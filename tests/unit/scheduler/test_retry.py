from __future__ import annotations

import pytest

from goflow.events import Failure, FailureKind
from goflow.scheduler.retry import GiveUp, Move, NextModel, WaitThenRetry, next_move

K = FailureKind


def move(
    kind: FailureKind,
    *,
    after_s: float | None = None,
    used: int = 0,
    count: int = 3,
    more_models: bool = False,
    chance: float = 0.0,
) -> Move:
    failure = Failure(kind=kind, message="m", retry_after_s=after_s)
    return next_move(failure, chance=chance, retries_used=used, retry_count=count, has_next_model=more_models)


@pytest.mark.parametrize("kind", [K.TIMEOUT, K.CONNECTION, K.OVERLOADED, K.RATE_LIMITED, K.EMPTY_OUTPUT])
def test_failures_that_can_pass_are_tried_again_while_retries_are_left(kind: FailureKind) -> None:
    assert isinstance(move(kind), WaitThenRetry)
    assert move(kind, used=3) == GiveUp()


@pytest.mark.parametrize(
    "kind",
    [
        K.REJECTED,
        K.CREDENTIALS,
        K.MALFORMED,
        K.INTERNAL,
        K.STEP_TIMEOUT,
        K.MODEL_UNAVAILABLE,
        K.QUOTA_EXHAUSTED,
    ],
)
def test_failures_that_cannot_pass_end_the_step(kind: FailureKind) -> None:
    assert move(kind) == GiveUp()


@pytest.mark.parametrize("kind", [K.MODEL_UNAVAILABLE, K.QUOTA_EXHAUSTED])
def test_what_concerns_the_model_moves_on_to_the_next_one(kind: FailureKind) -> None:
    assert move(kind, more_models=True, count=0) == NextModel()


def test_a_long_rate_limit_moves_on_and_a_short_one_waits() -> None:
    assert move(K.RATE_LIMITED, after_s=30, more_models=True) == NextModel()
    assert isinstance(move(K.RATE_LIMITED, after_s=2, more_models=True), WaitThenRetry)
    assert isinstance(move(K.RATE_LIMITED, more_models=True), WaitThenRetry)


def test_a_rejected_request_does_not_move_on() -> None:
    assert move(K.REJECTED, more_models=True) == GiveUp()


@pytest.mark.parametrize(
    ("used", "chance", "expected_ms"),
    [(0, 0.0, 250), (0, 1.0, 500), (1, 0.0, 500), (3, 0.5, 3000), (40, 0, 15000)],
)
def test_waits_grow_and_half_of_each_is_left_to_chance(used: int, chance: float, expected_ms: int) -> None:
    assert move(K.OVERLOADED, used=used, count=99, chance=chance) == WaitThenRetry(expected_ms)


def test_a_wait_is_never_shorter_than_the_provider_asked_for() -> None:
    assert move(K.RATE_LIMITED, after_s=4, chance=0.0) == WaitThenRetry(4063 - 1)
