from __future__ import annotations

import pytest

from goflow.problems import count_of, suggest_step


def test_a_step_that_is_near_is_suggested_and_else_the_first_ten_are_listed() -> None:
    steps = [f"step-{letter}" for letter in "abcdefghijkl"]

    assert suggest_step("step_c", ["step-c", "other"]) == "did you mean `step-c`?"
    assert suggest_step("Q", iter(steps)) == f"steps: {', '.join(steps[:10])}"
    assert suggest_step("Q", ["a"], listed="its steps") == "its steps: a"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (count_of(1, "step"), "1 step"),
        (count_of(0, "step"), "0 steps"),
        (count_of(3, "more step"), "3 more steps"),
        (count_of(1, "entry", "entries"), "1 entry"),
        (count_of(2, "entry", "entries"), "2 entries"),
    ],
)
def test_things_are_counted_in_the_singular_and_in_the_plural(told: str, expected: str) -> None:
    assert told == expected
