"""`-o FILE`: whose file it is, and what stands there when it cannot be written."""

from __future__ import annotations

import os
import resource
import stat
import sys
from pathlib import Path

import pytest

from goflow.cli.result_file import write_results
from goflow.errors import GoflowError

OUT = Path("out.md")
on_posix = pytest.mark.skipif(sys.platform == "win32", reason="there are no modes")


def mode() -> int:
    return stat.S_IMODE(OUT.stat().st_mode)


def test_the_results_are_in_the_file_and_nothing_is_beside_it() -> None:
    write_results(OUT, "one")
    write_results(OUT, "größe")

    assert OUT.read_text(encoding="utf-8") == "größe"
    assert [path.name for path in Path().iterdir()] == ["out.md"]


def test_what_is_planted_where_a_draft_could_be_is_not_written_through() -> None:
    victim = Path("victim")
    victim.write_text("precious", encoding="utf-8")
    Path(f".{OUT.name}.{os.getpid()}.tmp").symlink_to(victim.absolute())
    write_results(OUT, "results")

    assert victim.read_text(encoding="utf-8") == "precious"
    assert not OUT.is_symlink()
    assert OUT.read_text(encoding="utf-8") == "results"


def test_a_link_of_the_users_is_followed_and_stays() -> None:
    Path("real").mkdir()
    OUT.symlink_to("real/results.md")
    write_results(OUT, "one")
    write_results(OUT, "two")

    assert OUT.is_symlink()
    assert Path("real/results.md").read_text(encoding="utf-8") == "two"


@pytest.mark.skipif(sys.platform != "linux", reason="`/dev/fd` names pipes by links that lead nowhere")
def test_a_pipe_that_is_open_already_takes_the_results() -> None:
    takes, gives = os.pipe()
    try:
        write_results(Path(f"/dev/fd/{gives}"), "results")
        assert os.read(takes, 100) == b"results"
    finally:
        os.close(takes)
        os.close(gives)


@on_posix
@pytest.mark.parametrize("old", [0o600, 0o640, 0o664])
def test_a_file_stays_with_those_whom_it_was_for(old: int) -> None:
    OUT.write_text("before", encoding="utf-8")
    OUT.chmod(old)
    write_results(OUT, "results")

    assert mode() == old


@on_posix
def test_a_new_file_is_for_those_whom_the_umask_says() -> None:
    usual = os.umask(0o027)
    try:
        write_results(OUT, "results")
    finally:
        os.umask(usual)

    assert mode() == 0o640


@on_posix
def test_a_disk_that_takes_no_more_leaves_what_was_there() -> None:
    OUT.write_text("before", encoding="utf-8")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with pytest.raises(GoflowError, match=r"cannot write `out\.md`: file too large"):
            write_results(OUT, "results")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert OUT.read_text(encoding="utf-8") == "before"
    assert [path.name for path in Path().iterdir()] == ["out.md"]
