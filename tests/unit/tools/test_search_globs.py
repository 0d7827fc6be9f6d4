from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, strategies as st

from goflow.tools.base import ToolError
from goflow.tools.globs import parse_glob


def matches(pattern: str, path: str) -> bool:
    return parse_glob(pattern).matches(path.split("/"))


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.py", "a.py"),
        ("*.py", "src/deep/a.py"),
        ("./src/*.py", "src/a.py"),
        ("/src/*", "src/a.py"),
        ("src/**/*.py", "src/a.py"),
        ("src/**/*.py", "src/b/c/a.py"),
        ("**", "a/b"),
        ("**/b/**", "a/b/c"),
        ("a**b/c", "axxb/c"),
        ("?.t", "é.t"),
        ("[a-c]x", "bx"),
        ("[!a-c]x", "dx"),
        ("[]x]y", "]y"),
        ("[a", "[a"),
        ("*.{ts,tsx}", "a/b.tsx"),
        ("{src,test/{a,b}}/*.t", "test/b/x.t"),
        ("{a}", "{a}"),
        ("{a,}b", "b"),
        ("**/*", ".hidden"),
    ],
)
def test_a_pattern_matches(pattern: str, path: str) -> None:
    assert matches(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.py", "a.pyc"),
        ("src/*.py", "src/deep/a.py"),
        ("src/*", "other/src/a"),
        ("?", "ab"),
        ("[!a]", "a"),
        ("[a-c]", "-"),
        ("*.{ts,tsx}", "a.js"),
        ("A", "a"),
        ("a/**/b", "a/c"),
    ],
)
def test_a_pattern_does_not_match(pattern: str, path: str) -> None:
    assert not matches(pattern, path)


@given(st.text("ab*?", min_size=1, max_size=8), st.text("ab", min_size=1, max_size=8))
def test_a_name_matches_as_the_regular_expression_says(pattern: str, name: str) -> None:
    if pattern == "**":
        return
    expected = re.fullmatch(pattern.replace("*", ".*").replace("?", "."), name) is not None

    assert matches(f"/{pattern}", name) == expected


@given(
    st.lists(st.sampled_from(["a", "b", "**"]), min_size=1, max_size=6),
    st.lists(st.sampled_from("ab"), min_size=1, max_size=6),
)
def test_names_match_as_the_regular_expression_says(pattern: list[str], names: list[str]) -> None:
    expression = "".join("(?:[ab]/)*" if name == "**" else f"{name}/" for name in pattern)
    expected = re.fullmatch(expression, "".join(f"{name}/" for name in names)) is not None

    assert matches("/" + "/".join(pattern), "/".join(names)) == expected


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 400, "a" * 255 + "b"),
        ("**/a/" * 150 + "b", "/".join("a" * 2000)),
        ("{" * 900, "x"),
        ("[" * 900, "[" * 255),
    ],
)
def test_no_pattern_takes_long(pattern: str, path: str) -> None:
    start = time.monotonic()

    matches(pattern, path)

    assert time.monotonic() - start < 3


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("", "the pattern has 0 characters"),
        ("/", "the pattern has 1 characters"),
        ("x" * 1001, "the pattern has 1001 characters"),
        ("{a,b}" * 20, "has more than 64 alternatives in its braces"),
        ("{a,b,c,d,e,f}" + "x" * 900, "is too long with all its alternatives"),
    ],
)
def test_a_pattern_without_bounds_is_refused(pattern: str, complaint: str) -> None:
    with pytest.raises(ToolError, match=complaint):
        parse_glob(pattern)
