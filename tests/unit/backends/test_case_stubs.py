from __future__ import annotations

from dataclasses import replace

import pytest

from goflow.backends.base import Request
from goflow.backends.case_stubs import read_stubs
from goflow.backends.mock_script import Answer, Fault, MockScript, Reply
from goflow.events import FailureKind
from goflow.loader.findings import Findings
from goflow.loader.source_text import SourceText
from goflow.loader.yaml_nodes import compose

REQUEST = Request(run_id="r-1", step="scan", attempt=1, agent="a", system="", prompt="look", model="m")


def stubs_of(text: str) -> tuple[MockScript, list[tuple[str, str, str]]]:
    """Return the script, and of each problem its code, message and the text marked by the caret."""
    at = Findings(SourceText("a.test.yaml", text))
    root = compose(at)
    assert root is not None, at.problems
    script = read_stubs(at, root)
    told = []
    for problem in at.problems:
        assert problem.span is not None
        start = problem.span.column - 1
        told.append((problem.code, problem.message, problem.span.text[start : start + problem.span.width]))
    return script, told


def replies(text: str, step: str = "scan", count: int = 1) -> list[Reply]:
    script, problems = stubs_of(text)
    assert problems == []
    return [script.reply_to(replace(REQUEST, step=step, failed_attempts=n)) for n in range(count)]


def answers(text: str, step: str = "scan", count: int = 1) -> list[str]:
    found = replies(text, step, count)
    return [each.text if isinstance(each, Answer) else each.kind for each in found]


def test_a_text_is_the_answer() -> None:
    assert answers("scan: ISSUES FOUND") == ["ISSUES FOUND"]
    assert answers("scan: 010") == ["010"]


def test_the_name_of_a_step_may_be_a_pattern_and_the_first_that_fits_counts() -> None:
    text = "{scan: one, 's*': two, '*': three}"

    assert [answers(text, step)[0] for step in ("scan", "sum", "plan")] == ["one", "two", "three"]


def test_a_step_without_a_stub_gets_the_plain_answer() -> None:
    assert answers("plan: x") == ["mock output"]


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        (
            "{severity: high, count: 3, ok: true, none: null}",
            '{"severity":"high","count":3,"ok":true,"none":null}',
        ),
        ("{}", "{}"),
        ("{a: [1, x, {b: ü}]}", '{"a":[1,"x",{"b":"ü"}]}'),
        ("{answer: {answer: 42}}", '{"answer":42}'),
        ("{answer: [1, 2]}", "[1,2]"),
    ],
)
def test_a_mapping_is_the_json_that_is_answered(written: str, answer: str) -> None:
    assert answers(f"scan: {written}") == [answer]


def test_a_list_holds_successive_answers_the_last_of_which_holds_on() -> None:
    text = "scan: [{fail: overloaded}, one, {n: 2}, [3]]"

    assert answers(text, count=5) == ["overloaded", "one", '{"n":2}', "[3]", "[3]"]


def test_a_reply_has_the_words_of_a_mock_script() -> None:
    [first, second] = replies("scan: {fail: timeout, times: 1, answer: {n: 1}, delay: 2s}", count=2)

    assert (first, second) == (
        Fault(kind=FailureKind.TIMEOUT, message="the mock script says `fail: timeout`", delay_s=2.0),
        Answer(text='{"n":1}', delay_s=2.0),
    )


def test_attempts_of_a_reply_may_be_json_too() -> None:
    assert answers("scan: {attempts: [{n: 1}, {answer: [2]}, x]}", count=3) == ['{"n":1}', "[2]", "x"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "- x",
            ("GF102", "expected answers by step, a mapping, found a list", "- x"),
        ),
        (
            "scan: {fail: rejected, mesage: no}",
            ("GF101", "unknown key `mesage` in a rule", "mesage"),
        ),
        (
            "scan: [{answer: x, dealy: 1s}]",
            ("GF101", "unknown key `dealy` in a reply", "dealy"),
        ),
        (
            "scan: {answer: 'so {{answer}}'}",
            ("GF606", "`{{answer}}` is what a person says, and nobody is asked", "answer"),
        ),
        ("scan: []", ("GF605", "`attempts` holds no reply", "scan")),
    ],
)
def test_a_mistake_has_its_place_in_the_test_file(text: str, problem: tuple[str, str, str]) -> None:
    assert stubs_of(text)[1] == [problem]
