from __future__ import annotations

from dataclasses import fields

import pytest

from goflow.templating import Condition, unmet_reason


def reason(output: str, condition: Condition) -> str | None:
    return unmet_reason(condition, output, lambda text: text.replace("{{inputs.x}}", "X"))


@pytest.mark.parametrize(
    ("output", "condition"),
    [
        ("all good", Condition(step="s", contains=("good",))),
        ("all good", Condition(step="s", contains=("good", "all"), not_contains=("bad",))),
        (" yes\n", Condition(step="s", equals=("yes ",))),
        ("YES", Condition(step="s", not_equals=("yes",))),
        ("aXb", Condition(step="s", contains=("{{inputs.x}}",))),
        ("anything", Condition(step="s", contains=("",), not_contains=("",), equals=("",), not_equals=("",))),
    ],
)
def test_a_condition_that_holds_gives_no_reason(output: str, condition: Condition) -> None:
    assert reason(output, condition) is None


@pytest.mark.parametrize(
    ("output", "condition", "expected"),
    [
        ("no", Condition(step="run-tests", contains=("ALL",)), "step 'run-tests' does not contain 'ALL'"),
        ("a b", Condition(step="s", contains=("a", "c")), "step 's' does not contain 'c'"),
        ("bad", Condition(step="s", not_contains=("good", "ba")), "step 's' contains 'ba'"),
        ("yes", Condition(step="s", equals=("yes", "no")), "step 's' does not equal 'no'"),
        (" no ", Condition(step="s", not_equals=("no",)), "step 's' equals 'no'"),
        ("b", Condition(step="s", contains=("{{inputs.x}}",)), "step 's' does not contain 'X'"),
        ("", Condition(step="s", equals=("x",), contains=("y",)), "step 's' does not contain 'y'"),
    ],
)
def test_the_first_test_that_fails_is_the_reason(output: str, condition: Condition, expected: str) -> None:
    assert reason(output, condition) == f"condition not met: {expected}"


def test_every_field_but_the_step_is_a_test() -> None:
    given = Condition(step="s", contains=("a",), not_contains=("b",), equals=("c",), not_equals=("d",))

    assert [test.field for test, _ in given.tests()] == [field.name for field in fields(given)][1:]
    assert [values for _, values in given.tests()] == [("a",), ("b",), ("c",), ("d",)]
