from __future__ import annotations

import errno
import os
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from goflow.errors import UsageError
from goflow.journal.double import DroppingFiles
from goflow.journal.files import Disk
from goflow.journal.folder import make_run_folder, sweep_drafts
from goflow.journal.names import safe_name

AT = datetime(2026, 3, 30, 14, 32, 5)  # noqa: DTZ001 - the folder bears the time of the place


def test_a_run_folder_is_named_by_time_and_workflow_and_private(tmp_path: Path) -> None:
    folder = make_run_folder(tmp_path / "runs" / "deep", "multi-reviewer", AT)

    assert folder == tmp_path / "runs" / "deep" / "2026-03-30T14-32-05_multi-reviewer"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_runs_of_the_same_second_do_not_share_a_folder(tmp_path: Path) -> None:
    folders = [make_run_folder(tmp_path, "news", AT) for _ in range(3)]

    stem = "2026-03-30T14-32-05_news"
    assert [folder.name for folder in folders] == [stem, f"{stem}-2", f"{stem}-3"]


def test_a_run_folder_outlives_a_power_loss(tmp_path: Path) -> None:
    files = DroppingFiles()
    folder = make_run_folder(tmp_path / "runs", "news", AT, files)

    files.lose_power()

    assert folder.is_dir()


def test_what_a_killed_owner_has_left_half_written_is_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in ("sources/.5e1f.77.tmp", "sources/5e1f", "blobs/.7a2c.77.tmp", "inbox/.letter.88.tmp"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("half")

    sweep_drafts(tmp_path)

    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert left == ["inbox/.letter.88.tmp", "sources/5e1f"]


def test_a_folder_without_stores_has_nothing_to_remove(tmp_path: Path) -> None:
    sweep_drafts(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_an_error_before_anything_ran(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")

    with pytest.raises(UsageError) as raised:
        make_run_folder(tmp_path / "runs", "news", AT)

    assert raised.value.message == f"no run folder can be made in `{tmp_path / 'runs'}`: file exists"
    assert raised.value.help == "choose another folder with `--audit-dir`"


class RefusingDisk(Disk):
    def __init__(self, number: int) -> None:
        self.number = number

    def make_folder(self, path: Path) -> None:
        raise OSError(self.number, os.strerror(self.number), str(path))


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EROFS, "its file system is read-only"),
        (errno.EACCES, "permission denied"),
        (errno.ENOSPC, "no space is left"),
        (errno.ENAMETOOLONG, "file name too long"),
    ],
)
def test_a_parent_that_refuses_is_an_error_before_anything_ran(
    tmp_path: Path, number: int, reason: str
) -> None:
    with pytest.raises(UsageError, match=reason) as raised:
        make_run_folder(tmp_path, "news", AT, RefusingDisk(number))

    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("multi-reviewer", "multi-reviewer"),
        ("Über 漢字_2.0", "Über-漢字_2.0"),
        ("Cafe\u0301", "Café"),
        ("../../etc/passwd", "etc-passwd"),
        ("..", "run"),
        ("", "run"),
        ("...hidden", "hidden"),
        ("-rf", "rf"),
        ("ends. . .", "ends"),
        ('a<b>:"c"/d\\e|f?g*', "a-b-c-d-e-f-g"),
        ("nul\0bell\a\x1b[31m\u202eevil\u2028", "nul-bell-[31m-evil"),
        ("\ud800alone", "alone"),
        ("con", "_con"),
        ("LPT1.txt", "_LPT1.txt"),
        ("COM²", "_COM²"),
        ("console", "console"),
    ],
)
def test_a_name_is_made_safe_and_stays_readable(text: str, name: str) -> None:
    assert safe_name(text) == name


@given(
    st.text(st.characters(exclude_categories=())) | st.sampled_from(["." * 300, "é" * 300, "😀" * 99 + "."])
)
def test_every_text_makes_a_name_that_can_be_made_and_is_one_part_of_a_path(text: str) -> None:
    name = safe_name(text)

    assert len(name.encode()) <= 101
    assert Path(name).parts == (name,)
    assert name not in {".", ".."}
    assert name.isprintable()
    assert safe_name(name) == name


def test_the_longest_name_can_be_made(tmp_path: Path) -> None:
    assert make_run_folder(tmp_path, "😀" * 300, AT).is_dir()
