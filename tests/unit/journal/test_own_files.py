"""A user's own files: what is read, and what is written where others were first."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from goflow.journal.own_files import add_to_own, drafted, make_private, read_own, replace_own

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="others are kept out in other ways there")

FILE = Path("file")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_added_to_and_written_anew_for_its_owner_alone() -> None:
    add_to_own(FILE, b"one\n")
    add_to_own(FILE, b"two\n")
    assert read_own(FILE, 100) == b"one\ntwo\n"
    assert read_own(FILE, 5) == b"one\nt"

    FILE.chmod(0o644)
    replace_own(FILE, b"three\n")
    assert read_own(FILE, 100) == b"three\n"
    assert mode(FILE) == 0o600


def test_folders_that_are_made_are_private_and_others_stay_as_they_are() -> None:
    Path("there").mkdir(mode=0o755)
    make_private(Path("there/new/newer"))
    make_private(Path("there/new/newer"))

    made = [Path("there"), Path("there/new"), Path("there/new/newer")]
    assert [mode(folder) for folder in made] == [0o755, 0o700, 0o700]


def test_a_link_is_neither_read_nor_added_to_and_is_replaced_itself() -> None:
    elsewhere = Path("elsewhere")
    elsewhere.write_bytes(b"precious")
    FILE.symlink_to(elsewhere)

    with pytest.raises(OSError, match="symbolic links"):
        read_own(FILE, 100)
    with pytest.raises(OSError, match="symbolic links"):
        add_to_own(FILE, b"more")
    replace_own(FILE, b"mine")

    assert elsewhere.read_bytes() == b"precious"
    assert not FILE.is_symlink()


def test_a_pipe_and_a_folder_hold_nothing_and_hold_nobody_up() -> None:
    os.mkfifo("pipe")
    Path("folder").mkdir()

    for name in ("pipe", "folder"):
        with pytest.raises(PermissionError, match="No plain file of this user's"):
            read_own(Path(name), 100)


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_neither_read_nor_added_to() -> None:
    FILE.write_bytes(b"theirs")
    os.chown(FILE, 12345, -1)

    with pytest.raises(PermissionError):
        read_own(FILE, 100)
    with pytest.raises(PermissionError):
        add_to_own(FILE, b"mine")
    assert FILE.read_bytes() == b"theirs"


def interrupted() -> None:
    with drafted(FILE) as draft:
        os.write(draft, b"half")
        raise KeyboardInterrupt


def test_what_goes_wrong_while_a_draft_is_written_leaves_what_was_there() -> None:
    FILE.write_bytes(b"before")

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert FILE.read_bytes() == b"before"
    assert list(Path().iterdir()) == [FILE]
