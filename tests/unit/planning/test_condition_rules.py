from __future__ import annotations

import pytest

from tests.unit.planning.checked import problems_of, told

STEPS = """name: w
steps:
  - {id: a, prompt: x}
  - {id: low, prompt: x}
  - {id: b, prompt: x, depends_on: [a]}
"""


def found(condition: str) -> list[str]:
    step = f"  - {{id: c, prompt: x, depends_on: [b], condition: {condition}}}\n"
    return [told(problem).partition(" ")[2] for problem in problems_of(STEPS + step)]


@pytest.mark.parametrize("step", ["a", "b"])
def test_a_condition_may_test_any_step_upstream(step: str) -> None:
    assert found(f"{{step: {step}, contains: x}}") == []


def test_a_condition_on_a_step_that_does_not_exist_is_refused() -> None:
    assert found("{step: z, contains: x}") == [
        "z error[GF208] the condition of step `c` tests step `z`, which does not exist"
    ]


def test_a_condition_on_the_step_itself_is_refused() -> None:
    assert found("{step: c, contains: x}") == [
        "c error[GF209] the condition of step `c` tests its own output"
    ]


def test_a_condition_on_a_step_that_is_not_upstream_is_refused_with_the_dependency_to_add() -> None:
    step = "  - {id: c, prompt: x, condition: {step: a, contains: x}}\n"
    (problem,) = problems_of(STEPS + step)

    assert problem.message == "the condition of step `c` tests step `a`, which is not upstream of it"
    assert problem.help == "write `depends_on: [a]` in step `c`"


def test_a_condition_on_a_later_step_is_not_told_to_depend_on_it() -> None:
    text = STEPS.replace("{id: a, prompt: x}", "{id: a, prompt: x, condition: {step: b, contains: x}}")
    (problem,) = problems_of(text)

    assert problem.help == "`b` comes after `a`, so there is no output of it to read yet"


def test_a_condition_on_a_step_of_a_lower_level_makes_a_dependency_with_a_warning() -> None:
    step = "  - {id: c, prompt: x, depends_on: [b], condition: {step: low, contains: x}}\n"
    (problem,) = problems_of(STEPS + step)

    assert told(problem).startswith("6 low warning[GF210]")
    assert problem.message.endswith("but of a lower level: it becomes a dependency")
    assert problem.help == "write `depends_on: [b, low]` in step `c`"


@pytest.mark.parametrize("condition", ["{step: a}", '{step: a, contains: ""}', "{step: a, equals: []}"])
def test_a_condition_without_a_test_is_mentioned(condition: str) -> None:
    assert found(condition) == [
        "condition warning[GF211] the condition of step `c` tests nothing, so it always holds"
    ]


@pytest.mark.parametrize(
    ("tests", "marked", "why"),
    [
        ("equals: [yes, no]", "no", "no output equals both `yes` and `no`"),
        ("equals: ok, not_equals: [x, ok]", "ok", "`ok` is also in `equals`"),
        ("equals: ok, contains: bad", "bad", "`ok` in `equals` does not contain `bad`"),
        ("contains: NOT OK, not_contains: OK", "OK", "what it requires, `NOT OK`, contains `OK`"),
        ("equals: NOT OK, not_contains: OK", "OK", "what it requires, `NOT OK`, contains `OK`"),
    ],
)
def test_a_condition_that_contradicts_itself_is_mentioned_once(tests: str, marked: str, why: str) -> None:
    assert found(f"{{step: a, {tests}}}") == [
        f"{marked} warning[GF212] the condition of step `c` can never hold: {why}"
    ]


@pytest.mark.parametrize(
    "tests",
    [
        'equals: ["yes", " yes "]',
        'equals: ["yes", ""]',
        'equals: ["yes", "{{steps.a.output}}"]',
        "equals: GO, contains: GO",
        "contains: OK, not_contains: NOT OK",
        "equals: yes, not_equals: no",
    ],
)
def test_a_condition_that_can_hold_is_not_mentioned(tests: str) -> None:
    assert found(f"{{step: a, {tests}}}") == []


def test_a_value_given_twice_is_mentioned() -> None:
    (problem,) = problems_of(
        STEPS + '  - {id: c, prompt: x, depends_on: [b], condition: {step: a, contains: [x, y, x, "", ""]}}\n'
    )

    assert told(problem) == "6 x warning[GF213] the condition of step `c` has `x` twice in `contains`"
    assert [related.span.column for related in problem.related] == [73]
