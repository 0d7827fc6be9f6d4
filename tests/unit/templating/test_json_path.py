from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from goflow.templating import JsonRef, Scope, Truncate, Unparsed, parse
from goflow.templating.json_path import MOST_PARTS, place_of_part

PLAN = {
    "title": "Größe {{inputs.x}}",
    "items": [{"name": "a", "price": 1.5}, {"name": None, "tags": ["x", "y"]}],
    "done": True,
    "0": "zero",
    "$id": {},
}
SCOPE = Scope(
    inputs={"x": "X"},
    outputs={"plan": json.dumps(PLAN), "text": '"just a text"', "broken": "no JSON", "deep": "[" * 100_000},
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{steps.plan.json.title}}", "Größe {{inputs.x}}"),
        ("{{ steps.plan.json.items[0].name }}!", "a!"),
        ("{{steps.plan.json.items.0.price}}", "1.5"),
        ("{{steps.plan.json.items[1]}}", '{"name":null,"tags":["x","y"]}'),
        ("{{steps.plan.json.items[1].name}}", "null"),
        ("{{steps.plan.json.items[1].tags}}", '["x","y"]'),
        ("{{steps.plan.json.done}}", "true"),
        ("{{steps.plan.json.0}}", "zero"),
        ("{{steps.plan.json.$id}}", "{}"),
        ("<{{steps.plan.json.nothing}}>", "<>"),
        ("<{{steps.plan.json.items[2]}}{{steps.plan.json.items.name}}{{steps.plan.json[0]}}>", "<>"),
        ("<{{steps.plan.json.title.more}}>", "<>"),
        ("<{{steps.skipped.json}}{{steps.skipped.json.a}}>", "<>"),
        ("<{{steps.broken.json}}{{steps.deep.json}}>", "<>"),
        ("{{steps.text.json}}", "just a text"),
        ("${{ steps.plan.json.title }}", "${{ steps.plan.json.title }}"),
        ("${{steps.plan.json.done}}", "$true"),
    ],
)
def test_a_part_of_an_output_is_inserted_once(text: str, expected: str) -> None:
    assert parse(text).render(SCOPE) == expected


def test_the_whole_output_is_inserted_as_compact_json() -> None:
    text = parse("{{steps.plan.json}}").render(SCOPE)

    assert text == json.dumps(PLAN, ensure_ascii=False, separators=(",", ":"))


def test_a_bound_holds_for_what_is_inserted() -> None:
    scope = Scope(inputs={}, outputs={"a": '{"long":"long","x":1}'}, bound=Truncate(limit=1))

    assert parse("{{steps.a.json.long}} {{steps.a.json.x}}").render(scope) == (
        "l\n\n... [truncated: 4 chars total, showing first 1] 1"
    )


def test_a_path_has_its_parts_in_order() -> None:
    template = parse("{{ steps.a.json.items[12].größe-x.0 }}")

    assert template.refs == (
        JsonRef("a", ("items", 12, "größe-x", "0"), "{{ steps.a.json.items[12].größe-x.0 }}"),
    )
    assert template.steps == {"a"}


@pytest.mark.parametrize(
    "text",
    [
        "{{steps.a.json.}}",
        "{{steps.a.json.x y}}",
        "{{steps.a.json[x]}}",
        "{{steps.a.json[-1]}}",
        '{{steps.a.json["x"]}}',
        "{{steps.a.jsonx}}",
        "{{steps.a.json..x}}",
        "{{steps.a.json[12345678901]}}",
        "{{steps.a.json" + ".x" * (MOST_PARTS + 1) + "}}",
    ],
)
def test_what_is_no_path_is_no_reference(text: str) -> None:
    template = parse(text)

    assert template.parts == (Unparsed(text),)
    assert template.steps == frozenset()


def test_a_path_may_have_as_many_parts_as_is_allowed() -> None:
    (ref,) = parse("{{steps.a.json" + "[1]" * MOST_PARTS + "}}").refs

    assert isinstance(ref, JsonRef)
    assert len(ref.path) == MOST_PARTS


def test_references_to_json_can_be_turned_into_text() -> None:
    template = parse("{{steps.a.json}} {{steps.plan.json.done}}").keep_known(
        lambda ref: isinstance(ref, JsonRef) and ref.step == "plan"
    )

    assert template.render(SCOPE) == "{{steps.a.json}} true"
    assert template.steps == {"plan"}


@pytest.mark.parametrize(("index", "marked"), [(0, "items"), (1, "12"), (2, "x"), (3, "json")])
def test_each_part_of_a_path_has_its_place(index: int, marked: str) -> None:
    (ref,) = parse("{{ steps.json.json.items[12].x.json }}").refs
    assert isinstance(ref, JsonRef)

    offset, width = place_of_part(ref, index)

    assert ref.text[offset : offset + width] == marked
    assert offset > len("{{ steps.json.json")


@pytest.mark.parametrize(
    "text",
    [
        "{{steps.a.json" + ".a" * 500_000,
        "{{steps.a.json." + "a" * 1_000_000,
        "{{steps.a.json" + "[1]" * 300_000 + "!}}",
        "{{steps.a.json.x" * 60_000,
    ],
)
def test_no_path_takes_more_than_linear_time(text: str) -> None:
    assert all(not isinstance(part, JsonRef) for part in parse(text).parts)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(value=JSON)
def test_any_value_is_inserted_so_that_it_can_be_read_again(value: object) -> None:
    scope = Scope(inputs={}, outputs={"a": json.dumps({"x": value})})
    text = parse("{{steps.a.json.x}}").render(scope)

    assert (text if isinstance(value, str) else json.loads(text)) == value
