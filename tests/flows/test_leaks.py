"""However a run of agents with tools ends: no process, no open file, no task of it is left."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import select
import signal
import sys
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest

import goflow
from goflow.events import RunStatus
from tests.flows.goflow_process import going
from tests.flows.scripted_server import KEY, KEY_VARIABLE, Scripted, scripted_server, step_of, told, turn_of
from tests.model_server import Received, Reply, calls, chat, whole

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what a process holds is read from /proc")

Result = TypeVar("Result")

MANY: Final = 500
MARK: Final = "98765.4321"
"""How long the commands of these tests would sleep, by which their processes are found."""
OPTIONS: Final = goflow.RunOptions(model="scripted", allow_all_tools=True)


@pytest.fixture(autouse=True)
def _files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    Path("notes.md").write_text("a heron\n", encoding="utf-8")


def write_workflow(served: Scripted, steps: Sequence[str], **fields: object) -> None:
    config = f"config: {{provider: {served.provider}}}\n"
    agents = "agents: {worker: {inline: {prompt: p, tools: [view, bash]}}}\n"
    listed = json.dumps(
        [{"id": step, "prompt": f"{step}: work", "on_error": "fail", **fields} for step in steps]
    )
    Path("many.yaml").write_text(f"name: many\n{config}{agents}steps: {listed}\n", encoding="utf-8")


def say(request: Received) -> Reply:
    """Have files viewed and commands run; then answer, fail, or say nothing for ever."""
    kind = step_of(request).partition("-")[0]
    match kind, turn_of(request):
        case "sleeps", 0:
            return calls(("c-1", "bash", {"command": f"sleep {MARK} & sleep {MARK}"}))
        case "holds", 0:
            command = f"exec 3> alive; echo up >&3; sleep {MARK} & sleep {MARK}"
            return calls(("c-1", "bash", {"command": command}))
        case _, 0:
            return calls(("c-1", "view", {"path": "notes.md"}))
        case "fails", _:
            return whole({"error": {"message": "no"}}, status=400)
        case "hangs", _:
            return Reply(pieces=(b"{",), hangs=True)
        case _:
            return chat(told(request)[-1])


def held() -> tuple[list[str], list[str]]:
    """Return what this process holds: open files, and commands of these tests."""
    files = []
    for file in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that the list was read from
            files.append(str(file.readlink()).partition(":[")[0])
    return sorted(files), commands()


def commands() -> list[str]:
    """Return the processes that run a command of these tests, and those that watch over one."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if MARK.encode() in (line := file.read_bytes()):
                found.append(str(line))
    return found


async def run_alone(options: goflow.RunOptions = OPTIONS) -> goflow.Run:
    """Run, and see that all its tasks have ended with it."""
    done = await goflow.run("many.yaml", options=options)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return done


def play(work: Callable[[], Coroutine[Any, Any, Result]], steps: Sequence[str], **fields: object) -> Result:
    """Run a workflow of these steps in this process, which holds afterwards what it held before."""
    warm_up()
    gc.collect()
    before = held()
    with scripted_server(say) as served:
        if len(steps) == MANY:
            served.server.barrier = asyncio.Barrier(MANY)
        write_workflow(served, steps, **fields)
        done = asyncio.run(work())
    gc.collect()
    assert more_than(before, held()) == ([], [])
    return done


def more_than(
    before: tuple[list[str], list[str]], after: tuple[list[str], list[str]]
) -> tuple[list[str], list[str]]:
    """Return what is held after and was not before; other tests may have left what is closed meanwhile."""
    files, commands = (
        sorted((Counter(b) - Counter(a)).elements()) for a, b in zip(before, after, strict=True)
    )
    return files, commands


def warm_up() -> None:
    """Open once what stays open: libraries keep a few files."""
    with scripted_server(say) as served:
        write_workflow(served, ["views"])
        assert asyncio.run(run_alone()).status is RunStatus.COMPLETED


@pytest.mark.timeout(180)
def test_five_hundred_agents_use_tools_at_the_same_time() -> None:
    steps = [f"views-{number}" for number in range(MANY)]

    done = play(run_alone, steps)

    assert done.status is RunStatus.COMPLETED
    assert set(done.outputs) == set(steps)
    assert all("a heron" in output for output in done.outputs.values())


SOME: Final = [f"{kind}-{number}" for kind in ("views", "fails", "hangs", "sleeps") for number in range(5)]


def test_steps_that_fail_and_steps_whose_time_is_over_leave_nothing() -> None:
    done = play(run_alone, SOME, timeout="4s")

    assert done.status is RunStatus.FAILED
    assert len(done.outputs) == 5


def test_a_run_whose_time_is_over_leaves_nothing() -> None:
    async def work() -> goflow.Run:
        return await run_alone(goflow.RunOptions(model="scripted", allow_all_tools=True, timeout_s=2))

    assert play(work, SOME).status is RunStatus.INTERRUPTED


class Alive:
    """A pipe that a command holds open, and all that it starts."""

    def __init__(self) -> None:
        os.mkfifo("alive")
        self.end = os.open("alive", os.O_RDONLY | os.O_NONBLOCK)

    def hear(self) -> bytes:
        """Wait for what is said; nothing is said when nobody holds the pipe open any more."""
        ready, _, _ = select.select([self.end], [], [], 30)
        assert ready
        return os.read(self.end, 100)


@pytest.fixture
def alive() -> Iterator[Alive]:
    held_open = Alive()
    yield held_open
    os.close(held_open.end)


def test_a_run_that_is_cancelled_leaves_nothing(alive: Alive) -> None:
    async def work() -> None:
        running = asyncio.ensure_future(goflow.run("many.yaml", options=OPTIONS))
        assert await asyncio.to_thread(alive.hear) == b"up\n"
        assert commands()
        running.cancel()
        await asyncio.wait({running})
        assert alive.hear() == b""
        assert running.cancelled()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    play(work, ["holds-1", "hangs-1", "hangs-2", "views-1"])


@pytest.mark.parametrize("ending", ["interrupted", "killed", "out of time"])
def test_a_process_that_ends_in_the_midst_of_its_tools_leaves_none_of_theirs(
    alive: Alive, ending: str
) -> None:
    time = ("--timeout", "5s") if ending == "out of time" else ()
    with scripted_server(say) as served:
        write_workflow(served, ["holds-1", "hangs-1"])
        with going("run", "many.yaml", "-m", "scripted", "--allow-all-tools", *time) as run:
            assert alive.hear() == b"up\n"
            if ending == "interrupted":
                run.process.send_signal(signal.SIGINT)
                run.hear("stopping")
                run.process.send_signal(signal.SIGINT)
            elif ending == "killed":
                run.process.kill()
            done = run.end()
            left = commands()
            assert alive.hear() == b""

    assert done.code == {"interrupted": 130, "killed": -signal.SIGKILL, "out of time": 6}[ending]
    assert left == [] or ending == "killed"  # whose commands end a moment later
