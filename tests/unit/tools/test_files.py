from __future__ import annotations

from pathlib import Path

import pytest

from goflow.tools.base import MOST_RESULT_CHARS, ToolContext, ToolError
from goflow.tools.files import LIST_DIR, MOST_ENTRIES, MOST_LINES, VIEW
from tests.unit.tools.file_contexts import context_in, use


@pytest.fixture
def context(tmp_path: Path) -> ToolContext:
    return context_in(tmp_path)


def test_a_file_is_shown_with_numbered_lines(tmp_path: Path, context: ToolContext) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfone\r\ntwo\x0bstill two\nthree")

    assert use(VIEW, context, filePath="a.txt") == "     1\tone\n     2\ttwo\x0bstill two\n     3\tthree"


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ({"start_line": 3, "end_line": 4}, [3, 4]),
        ({"startLine": 9, "endLine": -1}, [9, 10]),
        ({"end_line": 2}, [1, 2]),
        ({"offset": 5, "limit": 2}, [5, 6]),
        ({"limit": 1}, [1]),
        ({"start_line": -4, "end_line": 1}, [1]),
        ({"start_line": 10, "end_line": 99}, [10]),
    ],
)
def test_lines_are_chosen_as_either_program_says_it(
    tmp_path: Path, context: ToolContext, wanted: dict[str, int], shown: list[int]
) -> None:
    (tmp_path / "a.txt").write_text("".join(f"line {number}\n" for number in range(1, 11)))

    lines = use(VIEW, context, path="a.txt", **wanted).splitlines()

    assert [line.split("\t")[1] for line in lines if "\t" in line] == [f"line {each}" for each in shown]


def test_the_rest_of_a_long_file_is_named_and_can_be_asked_for(tmp_path: Path, context: ToolContext) -> None:
    (tmp_path / "a.txt").write_text("x\n" * (MOST_LINES + 1))

    shown = use(VIEW, context, path="a.txt").splitlines()

    assert len(shown) == MOST_LINES + 1
    assert shown[-1] == "[lines 1 to 2000 of 2001; for more: `start_line` 2001]"
    assert use(VIEW, context, path="a.txt", start_line=2001) == "  2001\tx"


def test_what_is_shown_is_bounded_also_in_characters(tmp_path: Path, context: ToolContext) -> None:
    (tmp_path / "a.txt").write_text(f"{'x' * 5000}\n" * 100)

    shown = use(VIEW, context, path="a.txt")

    assert len(shown) < MOST_RESULT_CHARS
    assert "... [cut: 5,000 characters]\n" in shown
    assert shown.splitlines()[-1] == "[lines 1 to 19 of 100; for more: `start_line` 20]"


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"\x7fELF\0\0", "`a` is binary (6 bytes): only text can be used"),
        ("x".encode("utf-16"), "`a` is UTF-16: only UTF-8 text can be used"),
    ],
)
def test_what_is_no_text_is_refused(
    tmp_path: Path, context: ToolContext, data: bytes, complaint: str
) -> None:
    (tmp_path / "a").write_bytes(data)

    with pytest.raises(ToolError) as refusal:
        use(VIEW, context, path="a")

    assert str(refusal.value) == complaint


def test_bytes_that_are_not_utf8_are_replaced_in_what_is_shown(tmp_path: Path, context: ToolContext) -> None:
    (tmp_path / "a").write_bytes(b"caf\xe9\n")

    assert use(VIEW, context, path="a") == "     1\tcaf\ufffd"


def test_an_empty_file_says_so(tmp_path: Path, context: ToolContext) -> None:
    (tmp_path / "a").touch()

    assert use(VIEW, context, path="a") == "`a` is empty"


def test_a_line_behind_the_end_and_an_end_before_the_start_are_refused(
    tmp_path: Path, context: ToolContext
) -> None:
    (tmp_path / "a").write_text("one\n")

    with pytest.raises(ToolError, match="`a` has 1 lines: line 7 is behind its end"):
        use(VIEW, context, path="a", start_line=7)
    with pytest.raises(ToolError, match="`end_line` is 2, before `start_line`, 7"):
        use(VIEW, context, path="a", start_line=7, end_line=2)


def test_a_folder_is_listed_by_both_tools(tmp_path: Path, context: ToolContext) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "a.txt").touch()
    (tmp_path / "link").symlink_to("a.txt")
    listed = "a.txt\nlink (link)\nsrc/"

    assert use(VIEW, context, path=".") == listed
    assert use(LIST_DIR, context) == listed
    assert use(LIST_DIR, context, path="src") == "`src` is empty"


def test_a_name_cannot_forge_another_line(tmp_path: Path, context: ToolContext) -> None:
    (tmp_path / "a\nforged\x1b[31m").touch()

    assert use(LIST_DIR, context) == r"a\u000aforged\u001b[31m"


def test_a_long_list_is_cut_with_a_note(tmp_path: Path, context: ToolContext) -> None:
    for number in range(MOST_ENTRIES + 5):
        (tmp_path / f"{number:04}").touch()

    listed = use(LIST_DIR, context).splitlines()

    assert listed[:2] == ["0000", "0001"]
    assert listed[-2:] == ["0999", "[the first 1,000 of 1,005 names; `glob` finds the others]"]
