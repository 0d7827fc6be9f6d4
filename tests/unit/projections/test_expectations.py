from __future__ import annotations

import re

import pytest

from goflow.events import Fact, FailureKind, QuestionAsked, RunFinished, RunStatus, StopReason, StopRequested
from goflow.problems import Span
from goflow.projections.expectations import Miss, misses
from goflow.projections.expected_texts import MOST_CHARS, MOST_LINES
from goflow.workflow.case import (
    AttemptsAre,
    Check,
    Contains,
    Equals,
    ExitCodeIs,
    Foreign,
    Lacks,
    Matches,
    OutputIs,
    Passes,
    PrintedIs,
    PromptIs,
    Ran,
    RunStatusIs,
    Satisfies,
    Skipped,
    StepStatusIs,
    TextCheck,
)
from tests.properties.worlds import plan_of
from tests.unit.projections.runs import (
    attempt_fails,
    completes,
    fails,
    failure,
    not_run,
    runs,
    skipped,
    starts,
    step,
    view_of,
)

PLAN = plan_of(step("scan"), step("plan"), step("report", "scan", "plan"))
AT = Span(file="a.test.yaml", line=7, column=3)
ELSEWHERE = Span(file="a.test.yaml", line=9, column=5)
DONE = (
    *runs("scan", "one\ntwo"),
    skipped("plan", "no need"),
    *runs("report"),
    RunFinished(status=RunStatus.COMPLETED),
)
FAILED = (*fails("scan"), not_run("report", "scan"), RunFinished(status=RunStatus.FAILED))


def accept(_check: Foreign, _text: str) -> str | None:
    return None


def refuse(_check: Foreign, text: str) -> str | None:
    return f"{text!r} is wrong\nin two ways"


def seen(check: Check, *facts: Fact, judge: object = accept) -> list[Miss]:
    return list(misses([check], view_of(*facts, plan=PLAN), PLAN, judge))  # type: ignore[arg-type]


def message(check: Check, *facts: Fact) -> str:
    [miss] = seen(check, *facts)
    assert miss.at == AT
    return miss.message


def lines(check: Check, *facts: Fact) -> tuple[str, ...]:
    [miss] = seen(check, *facts)
    return miss.lines


HOLD: list[Check] = [
    RunStatusIs(status="completed", at=AT),
    ExitCodeIs(code=0, at=AT),
    Ran(steps=("report", "scan"), at=AT),
    Skipped(steps=("plan",), at=AT),
    StepStatusIs(step="plan", status="skipped", at=AT),
    AttemptsAre(step="plan", count=0, at=AT),
    AttemptsAre(step="scan", count=1, at=AT),
    PromptIs(step="scan", check=Equals(text="\n do it\n", at=AT)),
    OutputIs(step="scan", check=Equals(text="one\ntwo", at=AT)),
    OutputIs(step="scan", check=Contains(text="e\nt", at=AT)),
    OutputIs(step="scan", check=Lacks(text="three", at=AT)),
    OutputIs(step="scan", check=Matches(pattern=re.compile(r"^o\w+"), at=AT)),
    OutputIs(step="scan", check=Satisfies(schema={}, at=AT)),
    OutputIs(step="scan", check=Passes(function="a:b", folder=".", at=AT)),
    PrintedIs(check=Contains(text="## Step: report", at=AT)),
]


def test_what_holds_is_no_miss() -> None:
    assert [miss for check in HOLD for miss in seen(check, *DONE)] == []


def test_misses_stand_in_the_order_of_the_checks_each_at_its_place() -> None:
    checks: list[Check] = [
        ExitCodeIs(code=1, at=ELSEWHERE),
        PrintedIs(check=Contains(text="nothing", at=AT)),
        RunStatusIs(status="completed", at=AT),
        RunStatusIs(status="failed", at=AT),
    ]
    found = list(misses(checks, view_of(*DONE, plan=PLAN), PLAN, accept))

    assert [(miss.at, miss.message) for miss in found] == [
        (ELSEWHERE, "the exit code: expected `1`, seen `0`"),
        (AT, "the printed output: it does not contain `nothing`"),
        (AT, "the run's status: expected `failed`, seen `completed`"),
    ]


def test_another_end_of_the_run_names_what_failed() -> None:
    check = RunStatusIs(status="completed", at=AT)

    assert message(check, *FAILED) == "the run's status: expected `completed`, seen `failed`"
    assert lines(check, *FAILED) == ("step `scan` failed with `rejected`: no",)


def test_a_run_that_waits_says_for_what() -> None:
    asked = QuestionAsked(step="scan", attempt=1, question_id="q-1", text="Which?\nThis?")
    facts = (
        starts("scan"),
        asked,
        StopRequested(reason=StopReason.UNANSWERED, grace_s=None),
        RunFinished(status=RunStatus.WAITING, reason=StopReason.UNANSWERED),
    )

    assert lines(ExitCodeIs(code=0, at=AT), *facts) == (
        "it was stopped: unanswered",
        "step `scan` asks: `Which? This?`",
    )


def test_steps_that_ran_are_compared_whatever_their_order() -> None:
    assert message(Ran(steps=("plan", "scan"), at=AT), *DONE) == (
        "the steps that ran: missing `plan`; not expected `report`"
    )
    assert message(Skipped(steps=(), at=AT), *DONE) == ("the steps that were skipped: not expected `plan`")
    assert message(Skipped(steps=("plan", "scan"), at=AT), *DONE) == (
        "the steps that were skipped: missing `scan`"
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [("scan", "failed with `rejected`: no"), ("report", "because `scan` failed")],
)
def test_another_end_of_a_step_says_why(name: str, reason: str) -> None:
    assert lines(StepStatusIs(step=name, status="completed", at=AT), *FAILED) == (reason,)


def test_a_skipped_step_says_why() -> None:
    check = StepStatusIs(step="plan", status="completed", at=AT)

    assert message(check, *DONE) == "the status of step `plan`: expected `completed`, seen `skipped`"
    assert lines(check, *DONE) == ("no need",)


def test_another_number_of_attempts_lists_them() -> None:
    facts = (
        starts("scan"),
        attempt_fails("scan", failure("too busy", FailureKind.OVERLOADED)),
        starts("scan", 2),
        completes("scan", attempt=2),
    )
    check = AttemptsAre(step="scan", count=1, at=AT)

    assert message(check, *facts) == "the number of attempts of step `scan`: expected `1`, seen `2`"
    assert lines(check, *facts) == ("attempt 1 failed: too busy", "attempt 2 completed")


def test_a_prompt_that_was_never_sent_and_an_output_that_never_came_say_why() -> None:
    check = Contains(text="x", at=AT)

    assert message(PromptIs(step="report", check=check), *FAILED) == (
        "the prompt of step `report`: it was never asked"
    )
    assert lines(PromptIs(step="report", check=check), *FAILED) == (
        "the step is `not_run`",
        "because `scan` failed",
    )
    assert message(OutputIs(step="scan", check=check), *FAILED) == (
        "the output of step `scan`: there is none"
    )


TEXTS: list[tuple[TextCheck, str, tuple[str, ...]]] = [
    (
        Equals(text="one\nthree", at=AT),
        "it differs",
        ("--- expected", "+++ seen", "@@ -1,2 +1,2 @@", " one", "-three", "+two"),
    ),
    (Contains(text="three", at=AT), "it does not contain `three`", ("seen:", "| one", "| two")),
    (Lacks(text="wo", at=AT), "it contains `wo`", ("at line 2:", "| two")),
    (
        Matches(pattern=re.compile("^two"), at=AT),
        "it does not match `^two`",
        ("seen:", "| one", "| two"),
    ),
]


@pytest.mark.parametrize(("check", "told", "shown"), TEXTS, ids=["equals", "contains", "lacks", "matches"])
def test_a_text_that_is_not_as_expected_is_shown(check: TextCheck, told: str, shown: tuple[str, ...]) -> None:
    assert message(OutputIs(step="scan", check=check), *DONE) == f"the output of step `scan`: {told}"
    assert lines(OutputIs(step="scan", check=check), *DONE) == shown


@pytest.mark.parametrize(
    ("check", "told"),
    [
        (Satisfies(schema={}, at=AT), "it does not satisfy the schema"),
        (Passes(function="checks:ok", folder=".", at=AT), "`checks:ok` does not accept it"),
    ],
    ids=["schema", "function"],
)
def test_what_others_say_against_a_text_stands_above_it(check: Foreign, told: str) -> None:
    [miss] = seen(OutputIs(step="scan", check=check), *DONE, judge=refuse)

    assert miss.message == f"the output of step `scan`: {told}"
    assert miss.lines == ("'one\\ntwo' is wrong", "in two ways", "seen:", "| one", "| two")


def test_a_blank_text_is_shown_as_nothing() -> None:
    check = OutputIs(step="scan", check=Contains(text="x", at=AT))

    assert lines(check, *runs("scan", " \n")) == ("seen: nothing",)


def test_a_long_text_is_cut_in_both_directions() -> None:
    text = "\n".join(["x" * 10_000] * 1000)
    found = lines(OutputIs(step="scan", check=Contains(text="y", at=AT)), *runs("scan", text))

    assert len(found) == MOST_LINES + 2
    assert found[-1] == "| …"
    assert max(map(len, found)) == MOST_CHARS + len("| …")
