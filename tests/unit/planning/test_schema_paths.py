from __future__ import annotations

from typing import Any

import pytest

from goflow.planning.schema_paths import misstep
from goflow.planning.schemas import referred

ITEM: dict[str, Any] = {"type": "object", "properties": {"name": {"type": "string"}}}
CLOSED: dict[str, Any] = {**ITEM, "additionalProperties": False}
TREE: dict[str, Any] = {
    "properties": {"label": {"type": "string"}, "left": {"$ref": "#"}, "right": {"anyOf": [{"$ref": "#"}]}}
}


def possible(schema: dict[str, Any], *path: str | int) -> bool | None:
    """Return None where nothing speaks against a path, else whether it is possible all the same."""
    found = misstep(schema, path)
    return None if found is None else found.is_possible


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ({}, ("any", 0, "thing")),
        (CLOSED, ()),
        (CLOSED, ("name",)),
        ({"type": ["object", "null"], "properties": {"a": {}}}, ("a",)),
        ({"type": "object"}, ("any",)),
        ({"type": "object", "required": ["b"], "properties": {"a": {}}}, ("b",)),
        ({"properties": {"a": {}}, "patternProperties": {"^x": {}}}, ("x",)),
        ({"properties": {"a": {}}, "additionalProperties": ITEM}, ("b", "name")),
        ({"type": "array", "items": ITEM}, (0, "name")),
        ({"type": "array", "items": ITEM}, ("0", "name")),
        ({"type": "array", "prefixItems": [CLOSED], "items": {"type": "string"}}, (0, "name")),
        ({"items": CLOSED, "properties": {"0": {"type": "string"}}}, ("0", "name")),
        ({"allOf": [ITEM, {"properties": {"more": {}}}]}, ("more",)),
        ({"anyOf": [{"type": "null"}, CLOSED]}, ("name",)),
        ({"oneOf": [{"type": "string"}, {"type": "object"}]}, ("any",)),
        ({**ITEM, "if": {}, "then": {"properties": {"extra": {}}}}, ("extra",)),
        (TREE, ("left", "right", "left", "label")),
        ({"$ref": "#/$defs/a", "$defs": {"a": CLOSED}}, ("name",)),
        ({"$ref": "#/$defs/lost"}, ("name",)),
        ({"$ref": "#"}, ("name",)),
        ({"properties": 5, "items": 1, "allOf": {}, "type": 3, "required": "a", "prefixItems": 1}, ("a", 0)),
        ({"anyOf": []}, ("a",)),
    ],
)
def test_a_path_that_a_schema_allows_or_says_nothing_of_is_fine(
    schema: dict[str, Any], path: tuple[str | int, ...]
) -> None:
    assert misstep(schema, path) is None


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        (ITEM, ("nmae",)),
        ({**ITEM, "additionalProperties": True}, ("nmae",)),
        ({"allOf": [ITEM, {"title": "x"}]}, ("nmae",)),
        ({"anyOf": [ITEM, CLOSED]}, ("nmae",)),
        (TREE, ("left", "right", "lable")),
    ],
)
def test_a_property_that_others_are_named_beside_is_doubtful(
    schema: dict[str, Any], path: tuple[str | int, ...]
) -> None:
    assert possible(schema, *path) is True


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        (CLOSED, ("nmae",)),
        ({"type": "object", "additionalProperties": False}, ("a",)),
        ({"properties": {"a": False}}, ("a",)),
        ({"type": "string"}, ("a",)),
        ({"type": "string"}, (0,)),
        ({"type": ["string", "number"]}, ("0",)),
        ({"type": "object"}, (0,)),
        ({"type": "array", "items": ITEM}, ("name",)),
        ({"type": "array", "maxItems": 2}, (2,)),
        ({"prefixItems": [{}], "items": False, "type": "array"}, (1,)),
        ({"allOf": [CLOSED, {"properties": {"more": {}}}]}, ("more",)),
        ({"anyOf": [CLOSED, {"type": "null"}]}, ("nmae",)),
        ({"properties": {"a": {"anyOf": [CLOSED, {"type": "string"}]}}}, ("a", "b")),
        ({"allOf": [False]}, ("a",)),
        ({"$ref": "#/$defs/a~1b%20c", "$defs": {"a/b c": CLOSED}}, ("nmae",)),
        ({"items": {"$ref": "#/$defs/list/anyOf/1"}, "$defs": {"list": {"anyOf": [{}, CLOSED]}}}, (0, "x")),
    ],
)
def test_what_a_schema_forbids_is_impossible(schema: dict[str, Any], path: tuple[str | int, ...]) -> None:
    assert possible(schema, *path) is False


def test_the_first_part_that_leads_nowhere_is_told_with_what_stands_there() -> None:
    schema: dict[str, Any] = {"properties": {"a": {"anyOf": [CLOSED, {"type": "null"}]}}}
    found = misstep(schema, ("a", "nmae", "more"))

    assert found is not None
    assert (found.index, found.names, found.types) == (1, ("name",), ("null",))


def test_a_schema_of_very_many_branches_takes_no_long_time() -> None:
    branches: dict[str, Any] = {"anyOf": [{"properties": {"next": {"$ref": "#/$defs/a"}}} for _ in range(50)]}

    assert misstep({"$ref": "#/$defs/a", "$defs": {"a": branches}}, ("next",) * 20) is None


@pytest.mark.parametrize("reference", ["#/a/2", "#/a/x", "#/a/99999999999", "#a", "x", 5, "#/b/c/d"])
def test_a_reference_that_leads_nowhere_refers_to_nothing(reference: object) -> None:
    assert referred({"a": [1, 2], "b": {"c": 3}}, reference) is None
