"""Two runs side by side."""

from __future__ import annotations

from dataclasses import replace

import pytest

from goflow.events import Event, Fact, RunStatus, SecretInput, StepCompleted, Usage
from goflow.projections import RunView
from goflow.projections.comparison import Aspect, Side, compare, input_of
from tests.unit.projections.runs import CREATED, completes, fails, runs, starts, view_of


def side(*facts: Fact, status: RunStatus = RunStatus.COMPLETED) -> Side:
    return Side(view=view_of(*facts), status=status)


def created(**changes: object) -> Side:
    view = RunView()
    view.see(Event(1, 0, replace(CREATED, **changes)))  # type: ignore[arg-type]
    return Side(view=view, status=RunStatus.COMPLETED)


def test_runs_that_did_the_same_are_not_different_whatever_they_took() -> None:
    used = Usage(requests=1, input_tokens=100, output_tokens=5, cost_usd=0.1)
    late = (*fails("z"), starts("a"), completes("a", usage=used))

    comparison = compare(side(*runs("a"), *fails("z")), side(*late))

    assert not comparison.is_different
    assert [(pair.id, pair.aspects) for pair in comparison.steps] == [("a", ()), ("z", ())]


@pytest.mark.parametrize(
    ("a", "b", "aspects"),
    [
        (runs("s"), fails("s"), (Aspect.STATUS, Aspect.OUTPUT)),
        (runs("s", "x"), runs("s", "y"), (Aspect.OUTPUT,)),
        (runs("s"), (starts("s", prompt="other"), completes("s")), (Aspect.PROMPT,)),
        (
            runs("s"),
            (starts("s", model="m"), StepCompleted(step="s", attempt=1, output="done", model="m-1")),
            (Aspect.MODEL,),
        ),
        (runs("s"), (), (Aspect.PRESENCE,)),
        ((), runs("s"), (Aspect.PRESENCE,)),
    ],
)
def test_a_step_differs_in_what_it_was_asked_and_in_what_came_of_it(
    a: tuple[Fact, ...], b: tuple[Fact, ...], aspects: tuple[Aspect, ...]
) -> None:
    comparison = compare(side(*a), side(*b))

    assert [pair.aspects for pair in comparison.steps] == [aspects]
    assert comparison.is_different


def test_steps_of_the_second_run_alone_come_last() -> None:
    comparison = compare(side(*runs("b"), *runs("c")), side(*runs("a"), *runs("c")))

    assert [(pair.id, pair.a is None, pair.b is None) for pair in comparison.steps] == [
        ("b", False, True),
        ("c", False, False),
        ("a", True, False),
    ]


@pytest.mark.parametrize(
    "other",
    [
        side(status=RunStatus.FAILED),
        created(workflow_name="other"),
        created(inputs={"files": "*.go"}),
    ],
)
def test_runs_with_another_end_name_or_input_are_different(other: Side) -> None:
    one = created() if other.view.seq == 1 else side()

    assert compare(one, other).is_different
    assert not compare(one, one).is_different


def test_of_steps_alone_only_the_steps_count() -> None:
    comparison = compare(side(*runs("a")), side(*runs("a"), status=RunStatus.FAILED))

    assert comparison.is_different
    assert not replace(comparison, is_of_steps=True).is_different


def test_inputs_that_differ_are_named_and_secret_ones_left_out() -> None:
    secret = SecretInput(name="token", salt="1", digest="2")
    a = created(inputs={"same": "1", "files": "*.py", "gone": "x"}, secrets=(secret,))
    b = created(inputs={"same": "1", "files": "*.go", "new": "y"})

    comparison = compare(a, b)

    assert comparison.inputs == ("files", "gone", "new")
    assert (input_of(a.view, "files"), input_of(b.view, "gone"), input_of(RunView(), "x")) == (
        "*.py",
        None,
        None,
    )


def test_a_run_that_has_not_begun_can_be_compared() -> None:
    nothing = Side(view=RunView(), status=RunStatus.RUNNING)

    assert compare(nothing, nothing).inputs == ()
