"""What a terminal must never get from a model."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from goflow.reporters.sanitize import sanitize, sanitize_line


@pytest.mark.parametrize(
    ("hostile", "left"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("a\x1b[2J\x1b[1;1Hb", "ab"),
        ("\x1b[?1049h\x1b[>4;2mx", "x"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]52;c;aGk=\x1b\\x", "x"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0\x1b\\x", "x"),
        ("\x1b_secret\x9cx", "x"),
        ("\x9b31mx", "x"),
        ("\x9d0;title\x07x", "0;titlex"),
        ("\x1bcx", "x"),
        ("\x1b(Bx", "x"),
        ("\x1b", ""),
        ("a\x1b[", "a"),
        ("\x1b]0;never ended\nnext line", "\nnext line"),
        ("a\rb\x08c\x00\x07", "abc"),
        ("\x7f\x80\x9fx", "x"),
        ("\u202eevil\u2066\u200f\u061c", "evil"),
        ("a\u2028b", "ab"),
    ],
)
def test_escapes_controls_and_reordering_go(hostile: str, left: str) -> None:
    assert sanitize(hostile) == left


@pytest.mark.parametrize(
    "text", ["", "plain", "two\nlines\twith a tab", "Grüße, 日本 👩\u200d🚀", "[bold]no markup[/]"]
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert sanitize(text) == text


def test_a_line_stays_a_line() -> None:
    assert sanitize_line("  HTTP 429\r\n\tslow \x1b[1mdown  ") == "HTTP 429 slow down"


@given(st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from("\x1b[]\x9b\x9d\x07\\P_^;mc0 \n")))
def test_nothing_that_a_terminal_obeys_is_left_and_once_is_enough(text: str) -> None:
    left = sanitize(text)

    assert not [char for char in left if ord(char) < 32 and char not in "\n\t"]
    assert not [char for char in left if 0x7F <= ord(char) <= 0x9F]
    assert sanitize(left) == left
