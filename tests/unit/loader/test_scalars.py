from __future__ import annotations

from collections.abc import Callable

import pytest

from goflow.loader.findings import Findings
from goflow.loader.scalars import boolean, choice, duration, identifier, number, text, whole_number
from goflow.loader.source_text import SourceText
from goflow.loader.yaml_nodes import compose


def decoded(decode: Callable[..., object], written: str) -> tuple[object, list[str]]:
    at = Findings(SourceText("", f"[{written}]"))
    root = compose(at)
    assert root is not None
    return decode(at, root.value[0]), [problem.message for problem in at.problems]


@pytest.mark.parametrize(
    "written", ["1", "1.10", "010", "0x1F", "1_000", "yes", "12:30", "2026-01-01", "-0.0", "4.1"]
)
def test_a_text_keeps_its_spelling(written: str) -> None:
    assert decoded(text, written) == (written, [])


@pytest.mark.parametrize(("written", "expected"), [("!!str 1", "1"), ("!!int 010", "010"), ("!!null ''", "")])
def test_a_standard_tag_changes_no_text(written: str, expected: str) -> None:
    value, problems = decoded(text, written)

    assert (value or "", problems) == (expected, [])


@pytest.mark.parametrize("written", ["~", "null", "Null", "NULL", "!!null x"])
def test_null_is_absent(written: str) -> None:
    for decode in (text, boolean, whole_number, number, duration, identifier):
        assert decoded(decode, written) == (None, [])


def test_a_tag_constructs_nothing() -> None:
    assert decoded(text, "!!python/object:os.system x") == (
        None,
        ["the tag `!!python/object:os.system` is not allowed"],
    )
    assert decoded(text, "!secret x") == (None, ["the tag `!secret` is not allowed"])


@pytest.mark.parametrize(
    "written", ["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "'true'"]
)
def test_ways_to_say_yes(written: str) -> None:
    assert decoded(boolean, written) == (True, [])


@pytest.mark.parametrize("written", ["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n"])
def test_ways_to_say_no(written: str) -> None:
    assert decoded(boolean, written) == (False, [])


@pytest.mark.parametrize("written", ["tRUE", "1", "maybe", '""'])
def test_other_words_are_neither(written: str) -> None:
    value, problems = decoded(boolean, written)

    assert value is None
    assert problems == [f"`{written}` is neither `true` nor `false`".replace('""', "")]


@pytest.mark.parametrize(("written", "expected"), [("0", 0), ("3", 3), ("'3'", 3), ("007", 7)])
def test_whole_numbers(written: str, expected: int) -> None:
    assert decoded(whole_number, written) == (expected, [])


@pytest.mark.parametrize("written", ["-1", "1.0", "1e3", "0x10", "three", "٣", "9" * 30, "9" * 5000])
def test_what_is_no_whole_number(written: str) -> None:
    value, problems = decoded(whole_number, written)

    assert value is None
    assert problems[0].endswith("is not a whole number, 0 or more")


@pytest.mark.parametrize(("written", "expected"), [("0.2", 0.2), ("1", 1.0), (".5", 0.5), ("-1.5e1", -15.0)])
def test_numbers(written: str, expected: float) -> None:
    assert decoded(number, written) == (expected, [])


@pytest.mark.parametrize("written", ["hot", ".nan", ".inf", "1e999", "1_0", "0x1"])
def test_what_is_no_number(written: str) -> None:
    assert decoded(number, written) == (None, [f"`{written}` is not a number"])


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("300ms", 0.3),
        ("90s", 90.0),
        ("1.5h", 5400.0),
        ("1h30m", 5400.0),
        ("+2m", 120.0),
        (".5s", 0.5),
        ("1.s", 1.0),
        ("250us", 0.00025),
        ("5µs", 0.000005),
        ("1000000ns", 0.001),
        ("1h1m1s1ms", 3661.001),
    ],
)
def test_durations_are_written_as_in_go(written: str, seconds: float) -> None:
    value, problems = decoded(duration, written)

    assert value == pytest.approx(seconds)
    assert problems == []


@pytest.mark.parametrize("written", ["0", "+0", "-0", "0s", "0h0m"])
def test_a_duration_of_0_is_none(written: str) -> None:
    assert decoded(duration, written) == (None, [])


@pytest.mark.parametrize("written", ["90", "5 minutes", "-5s", "1d", "s", "1h 30m", '""', "1hx", "٣s"])
def test_what_is_no_duration(written: str) -> None:
    value, problems = decoded(duration, written)

    assert value is None
    assert problems == [f"`{written}` is not a duration".replace('""', "")]


@pytest.mark.parametrize("written", ["9" * 400 + "h", "999999h"])
def test_a_duration_that_nobody_waits_for_is_a_mistake(written: str) -> None:
    value, problems = decoded(duration, written)

    assert value is None
    assert problems[0].endswith("is longer than 30 years")


@pytest.mark.parametrize("written", ["a", "step-1", "1", "UPPER_lower-9", "a" * 200])
def test_names_that_templates_and_folders_can_hold(written: str) -> None:
    assert decoded(identifier, written) == (written, [])


@pytest.mark.parametrize("written", ["../../etc", "a/b", "..", "a.b", "a b", "é", "a\\b", "'a\n\n b'"])
def test_names_that_they_cannot_hold(written: str) -> None:
    value, problems = decoded(identifier, written)

    assert value is not None
    assert problems[0].endswith("has other characters than the letters a to z, digits, `_` and `-`")


def test_a_name_is_neither_empty_nor_endless() -> None:
    assert decoded(identifier, '""') == ("", ["the name is empty"])
    assert decoded(identifier, "a" * 201)[1] == [f"`{'a' * 60}…` has more than 200 characters"]


def test_a_choice_is_spelled_as_it_is() -> None:
    decode = choice({"": 0, "lines": 1, "chars": 2})

    assert decoded(decode, "lines") == (1, [])
    assert decoded(decode, '""') == (0, [])
    assert decoded(decode, "Lines") == (None, ["`Lines` is not one of `lines`, `chars`"])


@pytest.mark.parametrize(("written", "kind"), [("[a]", "a list"), ("{a: b}", "a mapping")])
def test_what_is_no_scalar_is_told_by_its_kind(written: str, kind: str) -> None:
    for decode, expected in {
        text: "a text",
        identifier: "a text",
        boolean: "`true` or `false`",
        whole_number: "a whole number",
        number: "a number",
        duration: "a duration",
        choice({"x": 1, "y": 2}): "one of `x`, `y`",
    }.items():
        assert decoded(decode, written) == (None, [f"expected {expected}, found {kind}"])
