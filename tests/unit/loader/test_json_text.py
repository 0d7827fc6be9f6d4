from __future__ import annotations

import pytest

from goflow.loader.json_text import NotJson, parse_json


def test_json_is_read_with_its_numbers_and_texts() -> None:
    assert parse_json(' {"a": [1, 2.5, true, null, "\\ud83d\\ude00"]} ') == {"a": [1, 2.5, True, None, "😀"]}


@pytest.mark.parametrize(
    ("text", "reason", "offset"),
    [
        ("", "expecting value", 0),
        ('{"a": 1,}', "illegal trailing comma before end of object", 7),
        ("[1] [2]", "extra data", 4),
        ("[NaN]", "`NaN` is no number of JSON", None),
        ("[-Infinity]", "`-Infinity` is no number of JSON", None),
        ("[1e999]", "the number `1e999` is too large", None),
        ("9" * 5000, "a whole number has too many digits", None),
        ('{"a": 1, "b": 2, "b": 3}', "the key `b` is written twice", None),
        ("[" * 200_000, "nested too deep", None),
    ],
)
def test_what_is_not_json_is_refused_with_the_reason(text: str, reason: str, offset: int | None) -> None:
    with pytest.raises(NotJson) as caught:
        parse_json(text)

    if "comma" not in reason:  # what the library says of it differs from version to version
        assert (caught.value.reason, caught.value.offset) == (reason, offset)
