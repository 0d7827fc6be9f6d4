from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from goflow.templating import (
    InputRef,
    OutputRef,
    Scope,
    Truncate,
    TruncateStrategy,
    Unparsed,
    parse,
    truncate,
)

SCOPE = Scope(inputs={"x": "X", "a-b_1": "{{inputs.x}}"}, outputs={"one": "{{steps.one.output}}"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain {text}", "plain {text}"),
        ("{{inputs.x}}", "X"),
        ("{{ inputs.x }}{{\tsteps.one.output\n}}", "X{{steps.one.output}}"),
        ("${{inputs.x}}", "$X"),
        ("${{ inputs.x }}", "${{ inputs.x }}"),
        ("${{ not a reference }}", "${{ not a reference }}"),
        ("$${{inputs.x}}", "$$X"),
        ("{{{inputs.x}}}", "{X}"),
        ('{{"{{"}}inputs.x{{"}}"}}', "{{inputs.x}}"),
        ('${{"{{"}}', "${{"),
        ("{{invalid syntax}} {{}} {{ }}", "{{invalid syntax}} {{}} {{ }}"),
        ("{{inputs.a-b_1}}", "{{inputs.x}}"),
        ("{{steps.skipped.output}}.", "."),
        ("{{inputs.x", "{{inputs.x"),
        ("{{inputs.x}}}}", "X}}"),
    ],
)
def test_references_are_filled_in_once_and_all_else_stays_as_written(text: str, expected: str) -> None:
    assert parse(text).render(SCOPE) == expected


def test_inputs_that_are_known_can_be_filled_in_alone() -> None:
    template = parse("{{inputs.x}} {{ inputs.y }} {{steps.one.output}} {{steps.one.json.a}} {{other}}.")

    assert template.render_inputs({"x": "X"}) == (
        "X {{ inputs.y }} {{steps.one.output}} {{steps.one.json.a}} {{other}}."
    )


@pytest.mark.parametrize(
    "text",
    [
        "{{inputs.}}",
        "{{steps.one}}",
        "{{steps.one.result}}",
        "{{inputs.é}}",
        "{{Inputs.x}}",
        "{{inputs.x y}}",
    ],
)
def test_braces_that_are_no_reference_are_kept_apart(text: str) -> None:
    template = parse(text)

    assert template.parts == (Unparsed(text),)
    assert template.render(SCOPE) == text


def test_another_tools_syntax_is_text_and_not_kept_apart() -> None:
    assert parse("${{ github.token }}").parts == ("${{ github.token }}",)


def test_references_are_listed_in_order_with_their_spelling() -> None:
    template = parse("a {{ inputs.x }} {{steps.one.output}} {{inputs.x}}")

    assert template.refs == (
        InputRef("x", "{{ inputs.x }}"),
        OutputRef("one", "{{steps.one.output}}"),
        InputRef("x", "{{inputs.x}}"),
    )
    assert template.steps == {"one"}


def test_unknown_references_can_be_turned_into_text() -> None:
    template = parse("{{inputs.x}} {{inputs.y}} {{what}}").keep_known(
        lambda ref: ref == InputRef("x", "{{inputs.x}}")
    )

    assert template.render(SCOPE) == "X {{inputs.y}} {{what}}"


@given(value=st.text())
def test_a_value_is_inserted_as_it_is(value: str) -> None:
    assert parse("<{{inputs.x}}>").render(Scope(inputs={"x": value}, outputs={})) == f"<{value}>"


@given(text=st.text(alphabet='{}$"ab. \ninputs.x'))
def test_any_text_is_a_template(text: str) -> None:
    parse(text).render(Scope(inputs={"x": "1", "": ""}, outputs={}))


@pytest.mark.parametrize(
    ("strategy", "limit", "expected"),
    [
        (TruncateStrategy.CHARS, 3, "abc\n\n... [truncated: 12 chars total, showing first 3]"),
        (TruncateStrategy.CHARS, 12, "abcd\nef\nghij"),
        (TruncateStrategy.TOKENS, 1, "abcd\n\n... [truncated: 12 chars total, showing first 4]"),
        (TruncateStrategy.LINES, 2, "abcd\nef\n\n... [truncated: 3 lines total, showing first 2]"),
        (TruncateStrategy.LINES, 3, "abcd\nef\nghij"),
        (TruncateStrategy.CHARS, 0, "\n\n... [truncated: 12 chars total, showing first 0]"),
    ],
)
def test_a_bound_keeps_the_beginning_and_says_what_is_missing(
    strategy: TruncateStrategy, limit: int, expected: str
) -> None:
    assert truncate("abcd\nef\nghij", Truncate(strategy=strategy, limit=limit)) == expected


def test_a_bound_holds_for_outputs_and_not_for_inputs() -> None:
    scope = Scope(inputs={"x": "long"}, outputs={"one": "long"}, bound=Truncate(limit=1))

    assert parse("{{inputs.x}} {{steps.one.output}}").render(scope) == (
        "long l\n\n... [truncated: 4 chars total, showing first 1]"
    )
