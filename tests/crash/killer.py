"""Whoever starts runs as processes, kills them at random moments and goes on with them."""

from __future__ import annotations

import asyncio
import json
import math
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from goflow.events import Event
from goflow.journal.lock import is_owned
from tests.crash.course import check_run, run_in
from tests.flows.goflow_process import GOFLOW

CALM: Final = Path("calm")
LONGEST_OWNED_S: Final = 5.0


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a process that was left alone has said."""

    code: int
    stdout: bytes
    stderr: bytes = field(compare=False)


Starts: TypeAlias = Callable[[Sequence[str], float | None], Awaitable[Said | None]]
"""Start the command with arguments, and kill it after so long; None says that it was killed."""


@dataclass
class Killer:
    """Starts runs, kills them at random moments and goes on with them."""

    begin: tuple[str, ...]
    always: tuple[str, ...] = ()
    """What is said to both `run` and `resume`."""
    starts: Starts = field(default_factory=lambda: start_process)
    chance: random.Random = field(default_factory=lambda: random.Random(20))
    calm: Said | None = None
    earliest_s: float = 0.0
    latest_s: float = 0.0

    async def run_undisturbed(self) -> None:
        self.latest_s = math.inf
        self.calm = await self.start(CALM, None)
        assert self.calm is not None
        assert self.calm.code == 0, self.calm.stderr.decode()

    async def kill_until_ended(self, audit_dir: Path, most: int) -> int:
        """Kill a run and go on with it until it ends, at most so often; return how often."""
        killed = 0
        while (said := await self.start(audit_dir, self.moment() if killed < most else None)) is None:
            killed += 1
            wait_until_free(run_in(audit_dir))
        assert said == self.calm, said.stderr.decode()
        check_run(audit_dir, CALM)
        return killed

    def moment(self) -> float:
        return self.chance.uniform(min(self.earliest_s, self.latest_s), self.latest_s)

    async def start(self, audit_dir: Path, kill_after_s: float | None) -> Said | None:
        """Begin the run or go on with it; return what was said, or None if it was killed before its end."""
        verb = self.begin if run_in(audit_dir) is None else ("resume", "@last", "--no-retry-failed")
        arguments = (*verb, *self.always, "--audit-dir", str(audit_dir), "--progress", "none")
        began_s = time.monotonic()
        said = await self.starts(arguments, kill_after_s)
        if (
            said is not None and verb == self.begin
        ):  # the first takes the longest: it reads much from the disk
            self.latest_s = min(self.latest_s, time.monotonic() - began_s)
        return said


async def start_process(arguments: Sequence[str], kill_after_s: float | None) -> Said | None:
    """Start the installed command in a session of its own, and perhaps kill all of that."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        GOFLOW,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=pipe,
        stderr=pipe,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(kill_after_s):
            stdout, stderr = await process.communicate()
    except TimeoutError:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()
        return None
    assert process.returncode is not None
    return Said(code=process.returncode, stdout=stdout, stderr=stderr)


@asynccontextmanager
async def forking() -> AsyncIterator[Starts]:
    """Give a way to start the command that loads nothing, because a process has all of it to fork from."""
    pipe = asyncio.subprocess.PIPE
    stem = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).with_name("stem.py")), stdin=pipe, stdout=pipe
    )

    async def hear() -> int:
        assert stem.stdout is not None
        return int(await stem.stdout.readline())

    async def start(arguments: Sequence[str], kill_after_s: float | None) -> Said | None:
        assert stem.stdin is not None
        stem.stdin.write(json.dumps([arguments, "stdout", "stderr"]).encode() + b"\n")
        child = await hear()
        ending = asyncio.ensure_future(hear())
        await asyncio.wait({ending}, timeout=kill_after_s)
        if not ending.done():
            os.killpg(child, signal.SIGKILL)
        code = await ending
        return None if code == -signal.SIGKILL else heard_in("stdout", "stderr", code)

    try:
        yield start
    finally:
        assert stem.stdin is not None
        stem.stdin.close()
        await stem.wait()


def wait_until_free(folder: Path | None) -> None:
    """Return when nobody owns the run: a command that was just being started has the lock till it begins."""
    deadline_s = time.monotonic() + LONGEST_OWNED_S
    while folder is not None and is_owned(folder):
        assert time.monotonic() < deadline_s, "a lock was left"
        os.sched_yield()


def heard_in(stdout: str, stderr: str, code: int) -> Said:
    return Said(code=code, stdout=Path(stdout).read_bytes(), stderr=Path(stderr).read_bytes())


def working_s(events: list[Event]) -> float:
    """Return how long a run went on once it had begun; before that, a process loads what asks models."""
    return (events[-1].at_ms - events[0].at_ms) / 1000
