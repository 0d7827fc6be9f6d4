"""Rules on conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.planning.references import Standing
from goflow.planning.rules.wording import dependency_to_add, known_steps
from goflow.problems import Problem, Severity, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from goflow.planning.examined import Examined
    from goflow.workflow import Condition, Step


def _conditions(examined: Examined) -> Iterator[tuple[int, Step, Condition]]:
    for index, step in enumerate(examined.steps):
        if step.condition is not None:
            yield index, step, step.condition


def tested_steps_exist(examined: Examined) -> Iterator[Problem]:
    """Report conditions on steps that do not exist."""
    for index, step, condition in _conditions(examined):
        if condition.step not in examined.index_of:
            yield Problem(
                code="GF208",
                message=f"the condition of step {shown(step.id)} tests step {shown(condition.step)}, "
                "which does not exist",
                span=examined.place(("steps", index, "condition", "step")),
                help=known_steps(examined, condition.step),
            )


def tested_steps_are_upstream(examined: Examined) -> Iterator[Problem]:
    """Report conditions on outputs that are not there yet when the step starts."""
    for index, step, condition in _conditions(examined):
        if examined.standing(index, condition.step) is Standing.NOT_UPSTREAM:
            is_itself = condition.step == step.id
            yield Problem(
                code="GF209",
                message=f"the condition of step {shown(step.id)} tests its own output"
                if is_itself
                else f"the condition of step {shown(step.id)} tests step {shown(condition.step)}, "
                "which is not upstream of it",
                span=examined.place(("steps", index, "condition", "step")),
                help="name a step that ends before this one starts"
                if is_itself
                else dependency_to_add(examined, step, condition.step),
            )


def tested_steps_are_dependencies(examined: Examined) -> Iterator[Problem]:
    """Report conditions that make a dependency of a step that merely stands at a lower level."""
    for index, step, condition in _conditions(examined):
        if examined.standing(index, condition.step) is Standing.LOWER_LEVEL:
            yield Problem(
                code="GF210",
                severity=Severity.WARNING,
                message=f"the condition of step {shown(step.id)} tests step {shown(condition.step)}, "
                "which is not upstream of it but of a lower level: it becomes a dependency",
                span=examined.place(("steps", index, "condition", "step")),
                help=dependency_to_add(examined, step, condition.step),
            )


def conditions_test_something(examined: Examined) -> Iterator[Problem]:
    """Report conditions without a test; an empty value counts as absent."""
    for index, step, condition in _conditions(examined):
        if not any(value for _, values in condition.tests() for value in values):
            yield Problem(
                code="GF211",
                severity=Severity.WARNING,
                message=f"the condition of step {shown(step.id)} tests nothing, so it always holds",
                span=examined.place(("steps", index, "condition"), key=True),
                help="add `contains`, `not_contains`, `equals` or `not_equals`",
            )


def conditions_can_hold(examined: Examined) -> Iterator[Problem]:
    """Report conditions that contradict themselves."""
    for index, step, condition in _conditions(examined):
        for test, place, why in _clashes(condition):
            yield Problem(
                code="GF212",
                severity=Severity.WARNING,
                message=f"the condition of step {shown(step.id)} can never hold: {why}",
                span=examined.place(("steps", index, "condition", test, place)),
            )
            break


def tests_are_named_once(examined: Examined) -> Iterator[Problem]:
    """Report values given twice, since another may have been meant."""
    for index, step, condition in _conditions(examined):
        for test, value, first, place in _repeated(condition):
            path = ("steps", index, "condition", test)
            yield Problem(
                code="GF213",
                severity=Severity.WARNING,
                message=f"the condition of step {shown(step.id)} has {shown(value)} twice in `{test}`",
                span=examined.place((*path, place)),
                related=examined.related((*path, first), "first here"),
            )


def _repeated(condition: Condition) -> Iterator[tuple[str, str, int, int]]:
    """Yield values given again: the field, the value, its first place and this one."""
    for test, values in condition.tests():
        first: dict[str, int] = {}
        for place, value in enumerate(values):
            if value and first.setdefault(value, place) != place:
                yield test.field, value, first[value], place


def _plain(values: Iterable[str]) -> list[tuple[int, str]]:
    """Return the values that are the same in every run, with their places."""
    return [(place, value) for place, value in enumerate(values) if value and "{{" not in value]


def _clashes(condition: Condition) -> Iterator[tuple[str, int, str]]:
    """Yield tests that contradict another one: name, index of the value, and why."""
    equal = [value.strip() for _, value in _plain(condition.equals)]
    required = [*equal, *(value for _, value in _plain(condition.contains))]
    for place, value in _plain(condition.equals):
        if value.strip() != equal[0]:
            yield "equals", place, f"no output equals both {shown(equal[0])} and {shown(value)}"
    for place, value in _plain(condition.not_equals):
        if value.strip() in equal:
            yield "not_equals", place, f"{shown(value)} is also in `equals`"
    for place, value in _plain(condition.contains):
        if equal and value.strip() not in equal[0]:
            yield "contains", place, f"{shown(equal[0])} in `equals` does not contain {shown(value)}"
    for place, value in _plain(condition.not_contains):
        holder = next((text for text in required if value in text), None)
        if holder is not None:
            yield "not_contains", place, f"what it requires, {shown(holder)}, contains {shown(value)}"
