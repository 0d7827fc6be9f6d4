from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from goflow.tools.base import ToolContext, ToolError
from goflow.tools.edits import CREATE_FILE, MULTI_REPLACE, REPLACE_STRING
from goflow.tools.gate import MOST_FILE_BYTES
from tests.unit.tools.file_contexts import context_in, use, used


@pytest.fixture
def context(tmp_path: Path) -> ToolContext:
    return context_in(tmp_path)


def test_a_file_is_created_with_its_folders_then_replaced(tmp_path: Path, context: ToolContext) -> None:
    assert use(CREATE_FILE, context, path="a/b.txt", content="é") == "created `a/b.txt` (2 bytes)"
    assert use(CREATE_FILE, context, file_path="a/b.txt", file_text="") == "replaced `a/b.txt` (0 bytes)"
    assert (tmp_path / "a" / "b.txt").read_text() == ""


def test_template_text_and_escapes_are_written_as_they_are(tmp_path: Path, context: ToolContext) -> None:
    hostile = "{{inputs.secret}} $(id) `id` \x1b]0;x\x07 %s {0} \\1\r\n"

    use(CREATE_FILE, context, path="a", content=hostile)
    use(REPLACE_STRING, context, path="a", old_string="%s", new_string=r"\g<0>\1{{item}}")

    assert (tmp_path / "a").read_bytes() == hostile.replace("%s", r"\g<0>\1{{item}}").encode()


def test_half_a_character_is_refused(tmp_path: Path, context: ToolContext) -> None:
    with pytest.raises(ToolError, match=r"the text holds half a character, '\\ud800'"):
        use(CREATE_FILE, context, path="a", content="x\ud800")

    assert not (tmp_path / "a").exists()


def test_the_one_match_is_replaced(tmp_path: Path, context: ToolContext) -> None:
    (tmp_path / "a").write_text("one\ntwo\nthree\n")

    said = use(REPLACE_STRING, context, path="a", old_string="two\n", new_string="2\n")

    assert said == "replaced 1 match in `a` (line 2)"
    assert (tmp_path / "a").read_text() == "one\n2\nthree\n"


def test_every_match_is_replaced_if_that_is_wanted(tmp_path: Path, context: ToolContext) -> None:
    (tmp_path / "a").write_text("x\ny\nx x\n")

    said = use(REPLACE_STRING, context, path="a", old_str="x", new_str="xx", replaceAll=True)

    assert said == "replaced 3 matches in `a` (line 1, 3, 3)"
    assert (tmp_path / "a").read_text() == "xx\ny\nxx xx\n"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("x", "y", "`old_string` is in `a` 12 times (at lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …): add lines"),
        ("z", "y", "`old_string` is not in `a`: copy it exactly from `view`, without the line numbers"),
        ("x  y\nx", "y", "`old_string` is not in `a`: it is there with other blanks or line ends"),
        ("", "y", "`old_string` is empty for `a`: `create_file` writes a whole file"),
        ("x", "x", "`old_string` and `new_string` are the same for `a`"),
    ],
)
def test_an_edit_that_is_not_plain_changes_nothing(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    context = context_in(tmp_path)
    (tmp_path / "a").write_text("x y\n" * 12)

    with pytest.raises(ToolError) as refusal:
        use(REPLACE_STRING, context, path="a", old_string=old, new_string=new)

    assert str(refusal.value).startswith(complaint)
    assert (tmp_path / "a").read_text() == "x y\n" * 12


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"one\r\ntwo\r\nthree\r\n", b"one\r\n2\r\nzwei\r\nthree\r\n"),
        (b"one\ntwo\nthree", b"one\n2\nzwei\nthree"),
        (b"\xef\xbb\xbfone\r\ntwo\r\nthree", b"\xef\xbb\xbfone\r\n2\r\nzwei\r\nthree"),
        (b"lone\rone\ntwo\nthree", b"lone\rone\n2\nzwei\nthree"),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_line_ends_and_the_mark_at_the_start_are_kept(
    tmp_path: Path, before: bytes, after: bytes, ends: str
) -> None:
    context = context_in(tmp_path)
    (tmp_path / "a").write_bytes(before)
    old, new = f"one{ends}two{ends}", f"one{ends}2{ends}zwei{ends}"

    use(REPLACE_STRING, context, path="a", old_string=old, new_string=new)

    assert (tmp_path / "a").read_bytes() == after


def test_a_file_with_both_line_ends_is_edited_exactly(tmp_path: Path, context: ToolContext) -> None:
    (tmp_path / "a").write_bytes(b"one\r\ntwo\nthree\r\n")

    with pytest.raises(ToolError, match="its lines end in both"):
        use(REPLACE_STRING, context, path="a", old_string="one\ntwo", new_string="1")
    use(REPLACE_STRING, context, path="a", old_string="one\r\ntwo", new_string="1\n2")

    assert (tmp_path / "a").read_bytes() == b"1\n2\nthree\r\n"


def test_a_file_that_is_not_utf8_is_not_edited(tmp_path: Path, context: ToolContext) -> None:
    (tmp_path / "a").write_bytes(b"caf\xe9 one\n")

    with pytest.raises(ToolError, match=r"`a` is not UTF-8 \(byte 3\): only UTF-8 files can be edited"):
        use(REPLACE_STRING, context, path="a", old_string="one", new_string="two")

    assert (tmp_path / "a").read_bytes() == b"caf\xe9 one\n"


def test_a_replacement_cannot_fill_the_memory(tmp_path: Path, context: ToolContext) -> None:
    (tmp_path / "a").write_text("x" * 1_000_000)
    much = {"old_string": "x", "new_string": "y" * 1_000_000, "replace_all": True}

    with pytest.raises(ToolError, match=f"would have more than {MOST_FILE_BYTES:,} characters"):
        use(REPLACE_STRING, context, path="a", **much)


def edit(old: str, new: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - as models give them
    return {"old_string": old, "new_string": new, **more}


def test_several_edits_follow_each_other_in_several_files(tmp_path: Path, context: ToolContext) -> None:
    (tmp_path / "a").write_text("one\n")
    (tmp_path / "b").write_text("x x\n")
    edits = [edit("one", "two"), edit("x", "y", filePath="b", replace_all=True), edit("two", "three")]

    said = use(MULTI_REPLACE, context, path="a", edits=edits)

    assert said.splitlines() == [
        "replaced 1 match in `a` (line 1)",
        "replaced 2 matches in `b` (line 1, 1)",
        "replaced 1 match in `a` (line 1)",
    ]
    assert ((tmp_path / "a").read_text(), (tmp_path / "b").read_text()) == ("three\n", "y y\n")


def test_two_names_of_a_file_are_one_file_to_several_edits(tmp_path: Path, context: ToolContext) -> None:
    (tmp_path / "a").write_text("one two\n")
    (tmp_path / "link").symlink_to("a")
    edits = [edit("one", "1", path="a"), edit("two", "2", path="./link")]

    use(MULTI_REPLACE, context, edits=edits)

    assert (tmp_path / "a").read_text() == "1 2\n"


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        (edit("zzz", "y"), "`old_string` is not in `a`"),
        (edit("x", "y", path=".git/config"), "is git's own"),
        (edit("x", "y", path="nothing"), "`nothing` does not exist"),
        (edit("x", "y", path="../outside"), "leads outside"),
    ],
)
def test_no_file_is_changed_if_one_edit_fails(
    tmp_path: Path, context: ToolContext, bad: dict[str, Any], complaint: str
) -> None:
    (tmp_path / "a").write_text("one\n")
    (tmp_path / "b").write_text("x\n")
    edits = [edit("one", "two"), edit("x", "y", path="b"), bad]

    with pytest.raises(ToolError) as refusal:
        use(MULTI_REPLACE, context, path="a", edits=edits)

    assert complaint in str(refusal.value)
    assert ((tmp_path / "a").read_text(), (tmp_path / "b").read_text()) == ("one\n", "x\n")


def test_edits_must_name_a_file_and_be_some_but_not_too_many(context: ToolContext) -> None:
    with pytest.raises(ToolError, match="`path` is missing"):
        use(MULTI_REPLACE, context, edits=[edit("a", "b")])
    for number in (0, 101):
        with pytest.raises(ToolError, match=f"`edits` has {number} items; from 1 to 100"):
            use(MULTI_REPLACE, context, path="a", edits=[edit("a", "b")] * number)


def test_of_edits_at_the_same_time_none_is_lost(tmp_path: Path, context: ToolContext) -> None:
    (tmp_path / "a").write_text("".join(f"<{number}>\n" for number in range(40)))

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(40):
                given = edit(f"<{number}>", f"[{number}]", path="a")
                group.create_task(used(REPLACE_STRING, context, **given))

    asyncio.run(main())

    assert (tmp_path / "a").read_text() == "".join(f"[{number}]\n" for number in range(40))
