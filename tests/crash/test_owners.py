"""A run has one owner, whoever else wants to go on with it, and however that one is doing."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.flows.goflow_process import GOFLOW, goflow, going

WORKFLOW = """
name: owned
steps:
  - {id: first, prompt: one}
  - {id: asking, prompt: two, depends_on: [first]}
"""
SCRIPT = """
answers: [{step: asking, ask: {question: "go on?"}, answer: "{{answer}}"}]
default: done
"""
RUN = ("run", "owned.yaml", "--mock=mock.yaml")
RESULTS = b"# Workflow Results\n\n## Step: first\n\ndone\n\n## Step: asking\n\nyes\n"


@pytest.fixture(autouse=True)
def _files() -> None:
    Path("owned.yaml").write_text(WORKFLOW, encoding="utf-8")
    Path("mock.yaml").write_text(SCRIPT, encoding="utf-8")


async def start_resume() -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        GOFLOW, "resume", "@last", stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
    )


def test_of_three_that_go_on_with_a_killed_run_at_once_one_owns_it_and_the_others_say_so() -> None:
    with going(*RUN, stdin=subprocess.PIPE) as run:
        run.hear("asking asks")
        run.process.kill()
        run.end()

    async def race() -> None:
        processes = [await start_resume() for _ in range(3)]
        try:
            async with asyncio.timeout(30):
                await check_race(processes)
        finally:
            for process in processes:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()

    asyncio.run(race())
    again = goflow("resume", "@last")
    assert (again.code, again.stdout) == (0, RESULTS)


async def check_race(processes: list[asyncio.subprocess.Process]) -> None:
    """Two end by themselves, refused; the third waits for an answer and is given one."""
    waits = {asyncio.create_task(process.wait()): process for process in processes}
    left = set(waits)
    while len(left) > 1:
        _, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
    [last] = left
    owner = waits[last]
    stdout, stderr = await owner.communicate(b"yes\n")
    assert (owner.returncode, stdout) == (0, RESULTS), stderr
    for process in processes:
        if process is not owner:
            stdout, stderr = await process.communicate()
            assert (process.returncode, stdout) == (1, b"")
            assert re.fullmatch(refusal(owner.pid), stderr.decode()), stderr


def refusal(pid: int) -> str:
    return (
        rf"error: run `r-\w+` is owned by (process {pid} on host `.*`|another process)\n"
        r"help: wait until it has ended, or stop it with `goflow cancel r-\w+`\n"
    )


def test_an_owner_that_stands_still_is_still_the_owner() -> None:
    with going(*RUN, stdin=subprocess.PIPE) as run:
        run.hear("asking asks")
        run.process.send_signal(signal.SIGSTOP)
        second = goflow("resume", "@last")
        run.process.send_signal(signal.SIGCONT)
        run.stdin.write(b"yes\n")
        run.stdin.flush()
        done = run.end()

    assert (second.code, second.stdout) == (1, b"")
    assert re.fullmatch(refusal(run.process.pid), second.stderr)
    assert (done.code, done.stdout) == (0, RESULTS)
