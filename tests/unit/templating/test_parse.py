from __future__ import annotations

import pytest

from goflow.templating import InputRef, OutputRef, Scope, Unparsed, parse


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("plain {text}", ("plain {text}",)),
        ("{{inputs.a-b_1}}", (InputRef("a-b_1", "{{inputs.a-b_1}}"),)),
        ("a {{ steps.x.output }}.", ("a ", OutputRef("x", "{{ steps.x.output }}"), ".")),
        ("${{inputs.x}}", ("$", InputRef("x", "{{inputs.x}}"))),
        ("${{ inputs.x }} {{inputs.y}}", ("${{ inputs.x }} ", InputRef("y", "{{inputs.y}}"))),
        ("{{invalid syntax}}", (Unparsed("{{invalid syntax}}"),)),
        ("{{steps.x.outputs}}", (Unparsed("{{steps.x.outputs}}"),)),
        ('{{"{{"}}x{{"}}"}}', ("{{", "x", "}}")),
        ('${{"{{"}}', ("$", "{{")),
        ("{{{inputs.x}}}", ("{", InputRef("x", "{{inputs.x}}"), "}")),
        ("{{ open", ("{{ open",)),
        ("a {{ inputs.x", ("a ", Unparsed("{{ inputs.x"))),
        ("${{ inputs.x, {{inputs.", ("${{ inputs.x, {{inputs.",)),
        ("{{inputs.x {{inputs.y}}", (Unparsed("{{inputs.x"), " ", InputRef("y", "{{inputs.y}}"))),
        ("{{steps.x.output} and", (Unparsed("{{steps.x.output"), "} and")),
    ],
)
def test_a_text_is_taken_apart_at_its_braces(text: str, parts: tuple[object, ...]) -> None:
    assert parse(text).parts == parts


@pytest.mark.parametrize(
    "text", ["{{" + " " * 1_000_000 + "!", "{{ " * 300_000, "{{inputs." + "a" * 1_000_000 + "!"]
)
def test_no_text_takes_more_than_linear_time(text: str) -> None:
    assert parse(text).render(Scope(inputs={}, outputs={})) == text
