from __future__ import annotations

import json
import socket
import time

import pytest
from hypothesis import given, strategies as st
from referencing.exceptions import Unresolvable

from goflow.backends.structured import MOST_CHARS, Invalid, Valid, Validator
from goflow.workflow.policy import Json

ORDER: dict[str, Json] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 2, "pattern": "^[a-z]+$"},
        "items": {"type": "array", "items": {"$ref": "#/$defs/item"}, "maxItems": 3, "uniqueItems": True},
        "state": {"enum": ["open", "closed", None]},
        "o": {"anyOf": [{"type": "string"}, {"type": "object", "required": ["id"]}]},
    },
    "required": ["name", "items"],
    "additionalProperties": False,
    "$defs": {"item": {"type": "object", "properties": {"price": {"type": "number", "minimum": 0}}}},
}
GOOD = '{"name":"ab","items":[{"price":1.5}],"state":null}'


def complaint(answer: str, schema: dict[str, Json]) -> str:
    verdict = Validator(schema).check(answer)
    assert isinstance(verdict, Invalid)
    return verdict.complaint


@pytest.mark.parametrize(
    "answer",
    [
        GOOD,
        f"\n\n {GOOD} \n",
        f"```json\n{GOOD}\n```",
        f"```\n{GOOD}\n```\n",
        f"  ```JSON  \r\n{GOOD}\r\n```",
        f"\ufeff{GOOD}",
        json.dumps(json.loads(GOOD), indent=4),
    ],
)
def test_an_answer_becomes_compact_json_whatever_stands_around_it(answer: str) -> None:
    assert Validator(ORDER).check(answer) == Valid(GOOD)


def test_keys_keep_their_order_and_characters_stay_themselves() -> None:
    assert Validator({}).check('{"z": "\\u00e4", "a": [1.0, 10]}') == Valid('{"z":"ä","a":[1.0,10]}')


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ('{"items": [{"price": "abc"}], "name": "ab"}', 'at $.items[0].price: "abc" is not of type number'),
        ('{"items": [{"price": -1}], "name": "ab"}', "at $.items[0].price: -1 is less than 0"),
        ('{"items": []}', 'at $: "name" is missing'),
        ("{}", 'at $: "name", "items" are missing'),
        (
            '{"items": [], "name": "ab", "x": 1, "y y": 2}',
            'at $: "x", "y y" are not allowed here; allowed: "name", "items", "state", "o"',
        ),
        (
            '{"items": [], "name": "A"}',
            'at $.name: has 1 characters, fewer than 2\nat $.name: "A" does not match the pattern "^[a-z]+$"',
        ),
        (
            '{"items": [{}, 1, {"b": 1}, {"a": 1}], "name": "ab"}',
            "at $.items[1]: 1 is not of type object\nat $.items: has 4 items, more than 3",
        ),
        ('{"items": [{"a": 1}, {"a": 1.0}], "name": "ab"}', "at $.items: an item stands in the list twice"),
        (
            '{"items": [], "name": "ab", "state": "none"}',
            'at $.state: "none" is not one of ["open", "closed", null]',
        ),
        (
            '{"items": [], "name": "ab", "o": {}}',
            'at $.o: matches none of 2 schemas: at $.o: {} is not of type string; or at $.o: "id" is missing',
        ),
    ],
)
def test_a_complaint_says_what_is_wrong_and_where(answer: str, expected: str) -> None:
    assert complaint(answer, ORDER) == expected


@pytest.mark.parametrize(
    ("schema", "answer", "expected"),
    [
        (
            {"oneOf": [{"type": "number"}, {"type": "integer"}]},
            "3",
            "at $: matches more than one of the schemas",
        ),
        ({"properties": {"a": False}}, '{"a": 1}', "at $: 1 is not allowed"),
        ({"const": 1}, "2", "at $: 2 is not 1"),
        ({"enum": [1]}, "true", "at $: true is not one of [1]"),
        ({"type": ["string", "null"]}, "1", "at $: 1 is not of type string or null"),
        ({"contains": {"type": "string"}}, "[1]", "at $: [1] does not contain items matching"),
        (
            {"additionalProperties": {"type": "string"}},
            '{"a-b c": 1}',
            'at $["a-b c"]: 1 is not of type string',
        ),
        (
            {"patternProperties": {"^x": {}}, "additionalProperties": False},
            '{"xa": 1, "b": 2}',
            'at $: "b" is not allowed here',
        ),
        ({"type": "string"}, "[" + "1," * 100 + "1]", "at $: a list of 101 items is not of type string"),
        (
            {"type": "string"},
            json.dumps(dict.fromkeys(map(str, range(100)))),
            "at $: an object with 100 keys is not of type string",
        ),
        ({"maxLength": 5}, f'"{"x" * 10}"', "at $: has 10 characters, more than 5"),
        ({"pattern": "^a"}, f'"{"x" * 1000}"', f'at $: "{"x" * 80}"… does not match the pattern "^a"'),
        ({"multipleOf": 0.5}, "0.3", "at $: 0.3 is not a multiple of 0.5"),
    ],
)
def test_each_kind_of_complaint_is_put_into_words(
    schema: dict[str, Json], answer: str, expected: str
) -> None:
    assert complaint(answer, schema).startswith(expected)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("", "the answer is not JSON: expecting value at line 1, column 1"),
        ("Here it is: {}", "the answer is not JSON: expecting value at line 1, column 1"),
        ('{\n "a": }', "the answer is not JSON: expecting value at line 2, column 7"),
        ("```json\n[1]\n```\n```json\n[2]\n```", "the answer is not JSON: "),
        ("{} {}", "the answer is not JSON: extra data at line 1, column 4"),
        ("[NaN]", "the answer is not JSON: `NaN` is no number of JSON"),
        ("[-Infinity]", "the answer is not JSON: `-Infinity` is no number of JSON"),
        ("1e999", "the answer is not JSON: the number `1e999` is too large"),
        ('{"a": 1, "a": 2}', "the answer is not JSON: the key `a` is written twice"),
        ('{"\\ud800": 1, "\\ud800": 2}', "the answer is not JSON: the key `?` is written twice"),
        ('["\\ud800"]', "the answer holds half a character"),
        ("9" * 10_000, "the answer is not JSON: a whole number has too many digits"),
        ("[" * 200_000 + "]" * 200_000, "the answer is not JSON: nested too deep"),
        ("x" * (MOST_CHARS + 1), "the answer has more than 8,000,000 characters"),
    ],
)
def test_what_is_not_json_is_refused_with_the_reason(answer: str, expected: str) -> None:
    assert complaint(answer, {}).startswith(expected)


def test_an_answer_that_is_deeper_than_its_schema_can_be_followed_is_refused() -> None:
    tree: dict[str, Json] = {"items": {"$ref": "#"}}

    assert complaint("[" * 500 + "]" * 500, tree) == "the answer is nested too deep"


def test_a_number_that_cannot_be_compared_is_refused() -> None:
    assert complaint("1" + "0" * 400, {"multipleOf": 0.5}) == "the answer holds a number that is too large"


def test_of_very_many_errors_the_first_are_told_and_no_complaint_is_long() -> None:
    many = complaint(json.dumps(["x" * 1000] * 5000), {"items": {"enum": ["y" * 1000]}})

    assert len(many.splitlines()) <= 10
    assert len(many) <= 4001


def test_very_many_items_are_compared_in_no_long_time() -> None:
    started = time.monotonic()
    text = complaint(
        json.dumps([{"n": number} for number in range(20_000)] + [{"n": 0}]), {"uniqueItems": True}
    )

    assert text == "at $: an item stands in the list twice"
    assert time.monotonic() - started < 10


def test_items_differ_as_json_does() -> None:
    items = '[1,true,"1",[1],{"a":1,"b":2},{"a":2,"b":1},null,0,false]'

    assert Validator({"uniqueItems": True}).check(items) == Valid(items)
    assert complaint('[{"a":1,"b":2},{"b":2,"a":1}]', {"uniqueItems": True}).endswith("twice")
    assert Validator({"uniqueItems": False}).check("[1,1]") == Valid("[1,1]")
    assert Validator({"uniqueItems": True}).check('"text"') == Valid('"text"')


def test_nothing_is_fetched() -> None:
    schema: dict[str, Json] = {
        "$id": "http://127.0.0.1:9/own",
        "$schema": "http://127.0.0.1:9/language",
        "properties": {"a": {"$ref": "#/$defs/text"}},
        "$defs": {"text": {"type": "string"}},
    }

    assert Validator(schema).check('{"a":"x"}') == Valid('{"a":"x"}')
    assert complaint('{"a": 1}', schema) == "at $.a: 1 is not of type string"


def test_not_even_a_schema_that_the_loader_refuses_makes_a_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        with pytest.raises(Unresolvable):
            Validator({"$ref": f"http://127.0.0.1:{server.getsockname()[1]}/"}).check("1")
        with pytest.raises(BlockingIOError):
            server.accept()


def test_formats_are_not_checked() -> None:
    assert Validator({"format": "date"}).check('"some day"') == Valid('"some day"')


def test_a_value_that_has_been_parsed_is_judged_the_same() -> None:
    assert Validator(ORDER).check_value(json.loads(GOOD)) == Valid(GOOD)
    assert isinstance(Validator({}).check_value([float("nan")]), Invalid)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
FREE = Validator({})


@given(value=JSON)
def test_any_json_satisfies_the_schema_that_asks_for_nothing(value: Json) -> None:
    verdict = FREE.check(json.dumps(value))

    assert isinstance(verdict, Valid)
    assert json.loads(verdict.text) == value
    assert FREE.check(verdict.text) == verdict
