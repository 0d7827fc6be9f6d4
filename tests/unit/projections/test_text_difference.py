"""How two texts differ."""

from __future__ import annotations

import re
from time import perf_counter

import pytest
from hypothesis import given, strategies as st

from goflow.projections.text_difference import difference

TEN = [str(number) for number in range(1, 11)]


def changed(*changes: tuple[int, str]) -> str:
    lines = list(TEN)
    for place, text in changes:
        lines[place - 1] = text
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("", "", []),
        ("same\n", "same\n", []),
        ("", "x", ["@@ -0,0 +1 @@", "+x"]),
        ("x\ny", "", ["@@ -1,2 +0,0 @@", "-x", "-y"]),
        ("a", "b", ["@@ -1 +1 @@", "-a", "+b"]),
        ("a", "a\n", ["@@ -1 +1,2 @@", " a", "+"]),
        ("a\nb\nc", "a\nc", ["@@ -1,3 +1,2 @@", " a", "-b", " c"]),
    ],
)
def test_lines_that_are_gone_and_lines_that_are_new_stand_among_those_they_share(
    old: str, new: str, lines: list[str]
) -> None:
    assert list(difference(old, new)) == lines


def test_three_lines_around_a_change_are_shown_with_their_numbers() -> None:
    assert list(difference(changed(), changed((6, "six")))) == [
        "@@ -3,7 +3,7 @@",
        *(" 3", " 4", " 5"),
        *("-6", "+six"),
        *(" 7", " 8", " 9"),
    ]


def test_changes_far_from_each_other_are_shown_apart() -> None:
    lines = list(difference(changed(), changed((1, "one"), (10, "ten"))))

    assert [line for line in lines if line.startswith("@@")] == ["@@ -1,4 +1,4 @@", "@@ -7,4 +7,4 @@"]


def test_texts_that_are_too_large_to_compare_are_different_as_a_whole_and_at_once() -> None:
    old = "\n".join(["head", *(f"a{number % 7}" for number in range(30_000)), "tail"])
    new = "\n".join(["head", *(f"b{number % 7}" for number in range(30_000)), "tail"])
    start = perf_counter()

    lines = list(difference(old, new))

    assert lines[:3] == ["@@ -1,30002 +1,30002 @@", " head", "-a0"]
    assert (lines[-1], len(lines)) == (" tail", 1 + 1 + 2 * 30_000 + 1)
    assert perf_counter() - start < 5


def test_one_change_in_large_texts_is_found() -> None:
    lines = [str(number) for number in range(100_000)]
    old, new = "\n".join(lines), "\n".join([*lines[:70_000], "new", *lines[70_000:]])

    assert list(difference(old, new)) == [
        "@@ -69998,6 +69998,7 @@",
        *(" 69997", " 69998", " 69999"),
        "+new",
        *(" 70000", " 70001", " 70002"),
    ]


few_lines = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=12).map("\n".join)


@given(old=few_lines, new=few_lines)
def test_a_difference_makes_the_one_text_of_the_other(old: str, new: str) -> None:
    assert patched(old, list(difference(old, new))) == (new.split("\n") if new else [])


def patched(old: str, lines: list[str]) -> list[str]:
    before, after, place = old.split("\n") if old else [], list[str](), 0
    for line in lines:
        if title := re.fullmatch(r"@@ -(\d+)(?:,(\d+))? \+\S+ @@", line):
            start = int(title[1]) - (0 if title[2] == "0" else 1)
            after += before[place:start]
            place = start
        elif line.startswith("+"):
            after.append(line[1:])
        else:
            assert before[place] == line[1:]
            after += [line[1:]] if line.startswith(" ") else []
            place += 1
    return after + before[place:]
