"""Whoever starts runs as processes, kills them at random moments and goes on with them."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from goflow.events import Event
from goflow.journal.lock import is_owned
from tests.crash.course import check_run, run_in
from tests.flows.goflow_process import GOFLOW

CALM: Final = Path("calm")


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a process that was left alone has said."""

    code: int
    stdout: bytes
    stderr: bytes = field(compare=False)


@dataclass
class Killer:
    """Starts runs, kills them at random moments and goes on with them."""

    begin: tuple[str, ...]
    always: tuple[str, ...] = ()
    """What is said to both `run` and `resume`."""
    chance: random.Random = field(default_factory=lambda: random.Random(20))
    calm: Said | None = None
    earliest_s: float = 0.0
    latest_s: float = 0.0

    async def run_undisturbed(self) -> None:
        began_s = time.monotonic()
        self.calm = await self.start(CALM, None)
        self.latest_s = time.monotonic() - began_s
        assert self.calm is not None
        assert self.calm.code == 0, self.calm.stderr.decode()

    async def kill_until_ended(self, audit_dir: Path, most: int) -> int:
        """Kill a run and go on with it until it ends, at most so often; return how often."""
        killed = 0
        while (said := await self.start(audit_dir, self.moment() if killed < most else None)) is None:
            killed += 1
            folder = run_in(audit_dir)
            assert folder is None or not is_owned(folder)
        assert said == self.calm, said.stderr.decode()
        check_run(audit_dir, CALM)
        return killed

    def moment(self) -> float:
        return self.chance.uniform(self.earliest_s, self.latest_s)

    async def start(self, audit_dir: Path, kill_after_s: float | None) -> Said | None:
        """Begin the run or go on with it; return what was said, or None if it was killed before its end."""
        verb = self.begin if run_in(audit_dir) is None else ("resume", "@last", "--no-retry-failed")
        arguments = (*verb, *self.always, "--audit-dir", str(audit_dir), "--progress", "none")
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


def working_s(events: list[Event]) -> float:
    """Return how long a run went on once it had begun; before that, a process loads what asks models."""
    return (events[-1].at_ms - events[0].at_ms) / 1000
