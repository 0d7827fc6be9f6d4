from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from goflow.tools.base import MOST_RESULT_CHARS, ToolContext, ToolError
from goflow.tools.bounded_text import MOST_KEPT_CHARS, BoundedText
from goflow.tools.command_environ import safe_environ
from goflow.tools.commands import BASH, read_timeout_s
from goflow.tools.supervisor import ROOM_FOR_PROCESSES
from tests.unit.tools.file_contexts import NoPorts, use, used


@pytest.fixture
def context(tmp_path: Path) -> ToolContext:
    return ToolContext(workspace=str(tmp_path), environ=safe_environ(os.environ), ports=NoPorts())


def test_a_command_is_told_by_what_it_prints(context: ToolContext) -> None:
    assert use(BASH, context, command="echo one; echo two >&2; echo; echo three") == "one\ntwo\n\nthree"


def test_a_command_that_prints_nothing_is_told_so(context: ToolContext) -> None:
    assert use(BASH, context, command="true") == "(no output)"


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("echo no; exit 3", "no\nexit code 3"),
        ("exit 3", "exit code 3"),
        ("kill -TERM $$", "exit code 143"),
        ("kill -KILL $$", "exit code 137"),
        ("(exit 7)", "exit code 7"),
    ],
)
def test_a_command_that_fails_is_told_with_its_code(context: ToolContext, command: str, told: str) -> None:
    assert use(BASH, context, command=command) == told


def test_a_command_starts_in_the_workspace(context: ToolContext) -> None:
    assert use(BASH, context, command="pwd -P") == os.path.realpath(context.workspace)


def test_a_command_has_no_input_and_no_terminal(context: ToolContext) -> None:
    command = (
        "cat; test -t 0 || test -t 1 || test -t 2 || (: > /dev/tty) 2> /dev/null || echo none; echo $TERM"
    )
    assert use(BASH, context, command=command) == "none\ndumb"


def test_a_command_sees_the_variables_of_the_context_alone(
    context: ToolContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOFLOW_SECRET", "seen")
    assert use(BASH, context, command="echo ${GOFLOW_SECRET-unseen}") == "unseen"


def test_a_command_may_begin_with_a_dash(context: ToolContext) -> None:
    assert use(BASH, context, command="-x 2> /dev/null || echo ran") == "ran"


def test_a_broken_pipe_ends_a_command_as_it_does_in_a_terminal(context: ToolContext) -> None:
    assert use(BASH, context, command="yes | head -n 1; echo ${PIPESTATUS[0]}") == "y\n141"


@pytest.mark.skipif(sys.platform != "linux", reason="bounded on Linux alone")
def test_a_command_leaves_no_core_and_makes_boundedly_many_processes(context: ToolContext) -> None:
    core, processes = use(BASH, context, command="ulimit -H -c; ulimit -H -u").splitlines()
    assert core == "0"
    running = int(Path("/proc/loadavg").read_text().split()[3].split("/")[1])
    assert int(processes) < running + 2 * ROOM_FOR_PROCESSES


def test_a_command_that_takes_too_long_is_stopped(context: ToolContext) -> None:
    told = use(BASH, context, command="echo first; sleep 1000", timeout=1)
    assert told == "first\nstopped after 1 s: the command had not ended"


@pytest.mark.parametrize(
    ("timeout", "seconds"),
    [(1, 1), (600, 600), (601, 600), (1000, 600), (1001, 1.001), (120_000, 120), (10**9, 600)],
)
def test_a_timeout_is_of_seconds_or_when_large_of_milliseconds(timeout: int, seconds: float) -> None:
    assert read_timeout_s(timeout) == seconds


@pytest.mark.parametrize("timeout", [0, -5])
def test_a_timeout_that_is_none_is_refused(context: ToolContext, timeout: int) -> None:
    with pytest.raises(ToolError, match=f"`timeout` is {timeout}: expected seconds, from 1 to 600"):
        use(BASH, context, command="true", timeout=timeout)


@pytest.mark.parametrize("command", ["echo a\0b", "echo \ud800", f"echo {'x' * 200_000}"])
def test_a_command_that_no_argument_can_hold_is_refused(context: ToolContext, command: str) -> None:
    try:
        told = use(BASH, context, command=command)
    except ToolError as error:
        told = str(error)
    assert "cannot run the command: " in told


def test_a_workspace_that_is_gone_is_told_of(context: ToolContext) -> None:
    Path(context.workspace).rmdir()
    with pytest.raises(ToolError, match=r"cannot run the command: .*No such file or directory"):
        use(BASH, context, command="true")


def test_two_hundred_commands_at_once_leave_nothing(context: ToolContext) -> None:
    async def main() -> list[str]:
        commands = [f"echo {number}; setsid sleep 1000 & exit 1" for number in range(200)]
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(used(BASH, context, command=command)) for command in commands]
        return [each.result() for each in running]

    use(BASH, context, command="true")
    gc.collect()
    before, threads = open_files(), set(threading.enumerate())
    assert asyncio.run(main()) == [f"{number}\nexit code 1" for number in range(200)]
    assert open_files() == before
    assert not threads_that_stay(threads)


def test_commands_cancelled_at_any_moment_leave_nothing(context: ToolContext) -> None:
    async def main() -> None:
        for turns in range(60):
            running = asyncio.ensure_future(used(BASH, context, command="setsid sleep 1000 & sleep 1000"))
            for _ in range(turns):
                await asyncio.sleep(0)
            running.cancel()
            await asyncio.wait({running})
            assert running.cancelled()

    use(BASH, context, command="true")
    before = open_files()
    asyncio.run(main())
    assert open_files() == before


def test_a_command_cancelled_twice_is_cancelled(context: ToolContext) -> None:
    async def main() -> None:
        running = asyncio.ensure_future(used(BASH, context, command="sleep 1000"))
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait({running})
        assert running.cancelled()

    asyncio.run(main())


def threads_that_stay(before: set[threading.Thread]) -> list[threading.Thread]:
    others = [thread for thread in threading.enumerate() if thread not in before]
    for thread in others:
        thread.join(10)  # one of asyncio's may be on its last lines
    return [thread for thread in others if thread.is_alive()]


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def test_both_ends_of_a_long_text_are_kept() -> None:
    text = BoundedText()
    for number in range(300_000):
        text.take(f"{number:06}\n".encode())
    told = text.text()
    assert told.startswith("000000\n000001\n")
    assert told.endswith("299998\n299999\n")
    assert f"[{7 * 300_000 - 2 * MOST_KEPT_CHARS:,} characters left out]" in told
    assert len(told) + 100 < MOST_RESULT_CHARS
    assert text.taken_bytes == 7 * 300_000


@pytest.mark.parametrize("length", [0, 1, MOST_KEPT_CHARS, MOST_KEPT_CHARS + 1, 2 * MOST_KEPT_CHARS])
def test_a_text_that_is_not_too_long_is_kept_whole(length: int) -> None:
    text = BoundedText()
    text.take(b"x" * length)
    assert text.text() == "x" * length


def test_a_text_is_cut_at_the_first_character_too_many() -> None:
    text = BoundedText()
    text.take(b"x" * (2 * MOST_KEPT_CHARS + 1))
    assert "[1 characters left out]" in text.text()


def test_a_character_may_come_in_pieces() -> None:
    text = BoundedText()
    for byte in "é€😀".encode():
        text.take(bytes([byte]))
    text.take(b"\xe2\x82")
    assert text.text() == "é€😀\ufffd"


def test_safe_variables_hold_no_key() -> None:
    given = {
        "PATH": "/bin",
        "HOME": "/home/x",
        "LC_ALL": "C",
        "TERM": "xterm",
        "OPENAI_API_KEY": "k",
        "LC_TOKEN": "k",
        "HTTPS_PROXY": "http://me:k@proxy",
        "SSH_AUTH_SOCK": "k",
        "AWS_SECRET_ACCESS_KEY": "k",
        "path": "k",
        "XDG_TOKEN_HOME": "k",
    }
    assert safe_environ(given) == {"PATH": "/bin", "HOME": "/home/x", "LC_ALL": "C", "TERM": "dumb"}


def test_importing_the_tool_imports_nothing_heavy() -> None:
    code = (
        "import sys, goflow.tools.commands\n"
        "heavy = {'pydantic', 'pydantic_ai', 'httpx2', 'regex', 'yaml', 'sqlite3', 'jsonschema'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
