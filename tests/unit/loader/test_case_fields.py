from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from goflow.backends.case_stubs import read_stubs
from goflow.loader.case_written import WrittenCase, WrittenFile
from goflow.loader.fields_case import written_file
from goflow.loader.findings import Findings
from goflow.loader.source_text import SourceText
from goflow.loader.yaml_nodes import compose
from goflow.workflow.case import (
    AttemptsAre,
    Check,
    Contains,
    Disturbance,
    Equals,
    ExitCodeIs,
    Fault,
    OutputIs,
    Passes,
    PrintedIs,
    PromptIs,
    Ran,
    RunStatusIs,
    Satisfies,
    Skipped,
    StepStatusIs,
)

EXPECT = "expect: {status: completed}"
_WORDS = st.sampled_from(
    (
        *("workflow", "cases", "name", "inputs", "stubs", "mock", "replay", "chaos", "seed", "expect"),
        *("status", "exit_code", "ran", "skipped", "steps", "output", "prompt", "attempts", "a", "x-y"),
        *(
            "equals",
            "contains",
            "not_contains",
            "regex",
            "schema",
            "python",
            "answer",
            "fail",
            "times",
            "(",
            "",
        ),
        *("429@20%:a", "completed", "type", "$ref", "properties", "m:f", "1"),
    )
)
_ANYTHING = st.recursive(
    _WORDS | st.none() | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=4),
    max_leaves=20,
)
"""JSON, which is YAML too, of the words that test files have."""


def read(text: str) -> tuple[WrittenFile, Findings]:
    at = Findings(SourceText("x.test.yaml", text))
    root = compose(at)
    assert root is not None, at.problems
    return written_file(at, root), at


def sound(text: str) -> WrittenFile:
    found, at = read(text)
    assert at.problems == []
    return found


def one(inside: str) -> WrittenCase:
    [case] = sound(f"cases:\n  - {inside}\n").cases
    return case


def codes(text: str) -> list[tuple[str, str]]:
    """Return the code of each problem, and the text marked by its caret."""
    found = []
    for problem in read(text)[1].problems:
        assert problem.span is not None
        start = problem.span.column - 1
        found.append((problem.code, problem.span.text[start : start + problem.span.width]))
    return found


def checks(expect: str) -> list[Check]:
    return list(one(f"expect: {expect}").expect.checks)


def places(found: list[Check]) -> list[str]:
    """Return the text of the line from each check's place on."""
    spans = [c.check.at if isinstance(c, PromptIs | OutputIs | PrintedIs) else c.at for c in found]
    return [span.text[span.column - 1 : span.column - 1 + span.width] for span in spans]


def test_cases_are_a_list_or_a_mapping_by_name() -> None:
    listed = sound(f"cases: [{{name: one, {EXPECT}}}, {{{EXPECT}}}]")
    mapped = sound(f"cases: {{one: {{{EXPECT}}}, two: {{name: other, {EXPECT}}}}}")

    assert [case.name.text for case in listed.cases] == ["one", "case 2"]
    assert [case.name.text for case in mapped.cases] == ["one", "other"]
    assert [case.at.column for case in mapped.cases] == [9, 45]


def test_what_is_no_case_is_a_mistake() -> None:
    assert codes("cases: [x]") == [("GF102", "x")]
    assert codes("cases: {one: x}") == [("GF102", "x")]
    assert codes("cases: x") == [("GF102", "x")]


def test_a_mistake_in_what_is_expected_is_not_also_that_nothing_is() -> None:
    assert codes("cases: [{expect: {statsu: completed}}]") == [("GF101", "statsu")]
    assert codes("cases: [{expect: x}]") == [("GF102", "x")]
    assert codes("cases: [{expect: {steps: x}}]") == [("GF102", "x")]


def test_every_key_of_expect_becomes_checks_in_the_order_of_the_file() -> None:
    found = checks(
        "{status: failed, exit_code: 3, ran: [a], skipped: [], output: text,"
        " steps: {a: {status: not_run, attempts: 2, prompt: p, output: o}, b: {}}}"
    )

    assert [type(check) for check in found] == [
        RunStatusIs,
        ExitCodeIs,
        Ran,
        Skipped,
        PrintedIs,
        StepStatusIs,
        AttemptsAre,
        PromptIs,
        OutputIs,
    ]
    assert places(found) == ["failed", "3", "[a]", "[]", "text", "not_run", "2", "p", "o"]


def test_the_steps_that_are_named_are_known_with_their_places() -> None:
    case = one("expect: {ran: [a, b], skipped: [c], steps: {d: {attempts: 1}, e: {}}}")

    assert sorted(step.text for step in case.expect.steps) == ["a", "b", "c", "d", "e"]


def test_each_text_of_a_list_is_a_check_with_its_own_place() -> None:
    found = checks("{output: {contains: [one, two], equals: three, python: 'a.b:c'}}")

    assert places(found) == ["one", "two", "three", "'a.b:c'"]
    parts = [check.check for check in found if isinstance(check, PrintedIs)]
    assert [type(part) for part in parts] == [Contains, Contains, Equals, Passes]


def test_null_is_absent_everywhere() -> None:
    assert len(checks("{status: completed, output: , ran: , exit_code: , steps: , skipped: }")) == 1
    assert one(f"{{name: , inputs: , chaos: , seed: , stubs: , {EXPECT}}}").chaos == ()
    assert len(checks("{output: {equals: x, regex: [null], contains: [null], python: [null]}}")) == 1


def test_a_schema_stands_in_place_or_in_a_file_beside_the_test() -> None:
    Path("s.json").write_text('{"type": "array"}', encoding="utf-8")
    Path("s.yaml").write_text("type: array", encoding="utf-8")
    found = [
        checks(f"{{output: {{schema: {written}}}}}") for written in ("{type: array}", "s.json", "s.yaml")
    ]

    for [check] in found:
        assert isinstance(check, PrintedIs)
        assert isinstance(check.check, Satisfies)
        assert check.check.schema == {"type": "array"}


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ("{properties: {a: {type: strng}}}", ("GF125", "strng")),
        ("{anyOf: [{type: array}, {type: strng}]}", ("GF125", "strng")),
        ("{$ref: '#/$defs/gone'}", ("GF126", "'#/$defs/gone'")),
        ("{properties: [x]}", ("GF125", "[x]")),
        ("[x]", ("GF102", "[x]")),
    ],
)
def test_a_mistake_in_a_schema_has_its_place_in_it(schema: str, problem: tuple[str, str]) -> None:
    assert codes(f"cases: [{{expect: {{output: {{schema: {schema}}}}}}}]") == [problem]


@pytest.mark.parametrize(
    ("written", "disturbances"),
    [
        ("drop", [(Fault.DROP, 1.0, "*")]),
        ("'429@20%'", [(Fault.RATE_LIMITED, 0.2, "*")]),
        ("'timeout:step3'", [(Fault.TIMEOUT, 1.0, "step3")]),
        ("'500@12.5%:s-*'", [(Fault.SERVER_ERROR, 0.125, "s-*")]),
        (
            "[empty, 'badjson:x, drop@0%']",
            [(Fault.EMPTY, 1.0, "*"), (Fault.BAD_JSON, 1.0, "x"), (Fault.DROP, 0.0, "*")],
        ),
        ("[]", []),
    ],
)
def test_chaos_is_a_list_of_disturbances(written: str, disturbances: list[tuple[Fault, float, str]]) -> None:
    case = one(f"{{chaos: {written}, {EXPECT}}}")

    assert [(each.fault, each.chance, each.step) for each in case.chaos] == disturbances


def test_a_disturbance_of_a_folded_text_has_the_place_of_the_text() -> None:
    [disturbance] = one(f'{{chaos: "dr\\x6fp", {EXPECT}}}').chaos

    assert disturbance.at is not None
    assert disturbance == Disturbance(fault=Fault.DROP, at=disturbance.at)
    assert disturbance.at.column == 13


@pytest.mark.parametrize("written", ["{a: b}", "[[drop]]"])
def test_chaos_that_is_no_text_is_a_mistake(written: str) -> None:
    assert [code for code, _ in codes(f"cases: [{{chaos: {written}, {EXPECT}}}]")] == ["GF102"]


@given(case=st.dictionaries(_WORDS, _ANYTHING, max_size=6), stubs=_ANYTHING)
def test_whatever_stands_in_a_case_is_read_or_is_a_mistake(case: dict[str, object], stubs: object) -> None:
    found, at = read(json.dumps({"cases": [{"stubs": stubs, **case}]}, ensure_ascii=False))

    for each in found.cases:
        assert isinstance(each.seed, int)
        if each.stubs is not None:
            read_stubs(at, each.stubs)
    assert all(problem.span is not None for problem in at.problems)
