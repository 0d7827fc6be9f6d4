from __future__ import annotations

from goflow.runner.jumping_clock import JumpingClock
from goflow.testing import AutojumpClock


def test_the_clock_of_tests_is_that_of_runs_nobody_waits_for() -> None:
    assert AutojumpClock is JumpingClock  # whose own tests stand in `runner/test_jumping_clock.py`
