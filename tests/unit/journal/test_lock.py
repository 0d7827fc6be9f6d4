from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from goflow.errors import RunFolderError, RunLocked
from goflow.journal.lock import hold, is_owned
from tests.unit.journal.limits import file_size_limit

OWN = """
import sys
from pathlib import Path
from goflow.journal.lock import hold
with hold(Path(sys.argv[1]), "r-7f3a"):
    print("owned", flush=True)
    sys.stdin.read()
"""


LOOK = """
import sys
from pathlib import Path
from goflow.journal.lock import is_owned
print("looking", flush=True)
while True:
    is_owned(Path(sys.argv[1]))
"""
LOOKERS = 4


@contextmanager
def owner_of(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Let another process own the run until its input ends."""
    command = [sys.executable, "-c", OWN, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "owned\n"
        yield process


def test_a_second_owner_is_told_who_the_first_is(tmp_path: Path) -> None:
    with owner_of(tmp_path) as first:
        with pytest.raises(RunLocked) as raised, hold(tmp_path, "r-7f3a"):
            pytest.fail("both own the run")

        message = f"run `r-7f3a` is owned by process {first.pid} on host `{platform.node()}`"
        assert raised.value.message == message
        assert raised.value.help == "wait until it has ended, or stop it with `goflow cancel r-7f3a`"


def test_a_run_is_free_when_its_owner_has_ended(tmp_path: Path) -> None:
    with owner_of(tmp_path) as first:
        assert is_owned(tmp_path)
    assert first.returncode == 0
    assert not is_owned(tmp_path)

    with hold(tmp_path, "r-7f3a"):
        assert is_owned(tmp_path)


def test_a_killed_owner_does_not_keep_the_run(tmp_path: Path) -> None:
    with owner_of(tmp_path) as first:
        os.kill(first.pid, signal.SIGKILL)
    assert first.returncode == -signal.SIGKILL

    with hold(tmp_path, "r-7f3a"):
        assert is_owned(tmp_path)


def test_one_process_does_not_own_a_run_twice(tmp_path: Path) -> None:
    with hold(tmp_path, "r-7f3a"):
        with pytest.raises(RunLocked, match=f"process {os.getpid()} on host"), hold(tmp_path, "r-7f3a"):
            pytest.fail("owned twice")
        assert is_owned(tmp_path)


def test_a_command_that_the_owner_starts_does_not_inherit_the_run(tmp_path: Path) -> None:
    with hold(tmp_path, "r-7f3a"):
        command = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    assert not is_owned(tmp_path)
    command.communicate()


def test_an_owner_that_left_no_note_is_another_process(tmp_path: Path) -> None:
    with owner_of(tmp_path):
        (tmp_path / "lock").write_bytes(b"{")

        with (
            pytest.raises(RunLocked, match=r"^run `r-7f3a` is owned by another process$"),
            hold(tmp_path, "r-7f3a"),
        ):
            pytest.fail("both own the run")


def test_a_full_disk_is_no_reason_not_to_own_a_run(tmp_path: Path) -> None:
    with file_size_limit(0), hold(tmp_path, "r-1"):
        assert is_owned(tmp_path)

    assert (tmp_path / "lock").read_bytes() == b""


def test_a_folder_in_which_no_file_can_be_made_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(RunFolderError, match="cannot be written: its folder is gone"),
        hold(tmp_path / "gone", "r-1"),
    ):
        pytest.fail("owned nothing")


def test_a_lock_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"precious")
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(RunFolderError, match="cannot be written"), hold(tmp_path, "r-1"):
        pytest.fail("owned a link")

    assert (tmp_path / "elsewhere").read_bytes() == b"precious"


def test_a_folder_without_a_lock_is_owned_by_nobody_and_stays_without(tmp_path: Path) -> None:
    assert not is_owned(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_nobody_may_own_any_more_can_be_looked_at(tmp_path: Path) -> None:
    with hold(tmp_path, "r-7f3a"):
        (tmp_path / "lock").chmod(0o400)
        assert is_owned(tmp_path)

    assert not is_owned(tmp_path)


def test_a_pipe_in_place_of_a_lock_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lock")

    assert not is_owned(tmp_path)


@contextmanager
def looked_at(folder: Path) -> Iterator[None]:
    """Let other processes look, without a pause, whether somebody owns the run."""
    with ExitStack() as stack:
        for _ in range(LOOKERS):
            process = stack.enter_context(
                subprocess.Popen([sys.executable, "-c", LOOK, str(folder)], stdout=subprocess.PIPE, text=True)
            )
            stack.callback(process.kill)
            assert process.stdout is not None
            assert process.stdout.readline() == "looking\n"
        yield


def test_whoever_looks_keeps_nobody_from_owning_a_run(tmp_path: Path) -> None:
    with looked_at(tmp_path):
        for _ in range(100):
            with hold(tmp_path, "r-7f3a"):
                assert is_owned(tmp_path)


def test_of_many_that_want_a_run_at_once_while_others_look_exactly_one_owns_it(tmp_path: Path) -> None:
    together = threading.Barrier(4)

    def try_to_own(_: int) -> bool:
        with ExitStack() as stack:
            together.wait()
            try:
                stack.enter_context(hold(tmp_path, "r-7f3a"))
            except RunLocked:
                return False
            finally:
                together.wait()
            return True

    with looked_at(tmp_path), ThreadPoolExecutor(4) as threads:
        for _ in range(50):
            assert sorted(threads.map(try_to_own, range(4))) == [False, False, False, True]
