"""One command under its supervisor, from its start until nothing of it is left."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Coroutine, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, cast

from goflow.tools import supervisor
from goflow.tools.bounded_text import BoundedText
from goflow.tools.subprocesses import close_pipe, settle
from goflow.tools.waiting import wait_out
from goflow.values import dataclass

MOST_OUTPUT_BYTES: Final = 200_000_000
"""A command that prints more is stopped."""
_GRACE_S: Final = supervisor.MOST_END_S + 3
"""How long a supervisor may take to end what it has started, before both are killed."""
_DRAIN_S: Final = 1.0
"""How long output is awaited after that: a process that was handed the pipe may hold it for ever."""


class Ending(StrEnum):
    """Why a command ended."""

    ITSELF = "itself"
    TIME = "time"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended; `exit_code` is 128 and the signal's number where one killed it."""

    ending: Ending
    exit_code: int
    output: str


async def run_supervised(
    argv: Sequence[str], *, cwd: str, environ: Mapping[str, str], timeout_s: float
) -> Ended:
    """Run a command to its end, its output and errors in one; argv begins with a program's path.

    Raises OSError where it cannot be started, ValueError for what no argument can hold. Whichever way this
    ends, cancelled too, nothing that the command has started is alive then.
    """
    output = _Output()
    start = asyncio.get_running_loop().subprocess_exec(
        lambda: output,
        *(sys.executable, "-I", "-S", supervisor.__file__, *argv),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        env=environ,
        start_new_session=True,
    )
    running = asyncio.ensure_future(_run(start, output, timeout_s))
    await wait_out(running, lambda: settle(output.over))
    return running.result()


async def _run(
    start: Coroutine[Any, Any, tuple[asyncio.SubprocessTransport, _Output]], output: _Output, timeout_s: float
) -> Ended:
    transport, _ = await start
    try:
        done, _ = await asyncio.wait({output.over}, timeout=timeout_s)
        await _end(transport, output)
    finally:
        if not output.exited.done():
            _kill(transport)
            await asyncio.wait({output.exited})
        transport.close()
    await asyncio.wait({output.closed})
    ending = Ending.OUTPUT if output.is_too_much else Ending.ITSELF if done else Ending.TIME
    return Ended(ending=ending, exit_code=transport.get_returncode() or 0, output=output.text.text())


async def _end(transport: asyncio.SubprocessTransport, output: _Output) -> None:
    """Have the supervisor end all; kill it where it does not, because it was itself stopped."""
    close_pipe(transport, 0)
    await asyncio.wait({output.exited}, timeout=_GRACE_S)
    if not output.exited.done():
        _kill(transport)
        await asyncio.wait({output.exited})
    await asyncio.wait({output.closed}, timeout=_DRAIN_S)


def _kill(transport: asyncio.SubprocessTransport) -> None:
    supervisor.end_descendants(transport.get_pid())
    transport.kill()


class _Output(asyncio.SubprocessProtocol):
    """Collects what a command prints, within bounds."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.text = BoundedText()
        self.is_too_much = False
        self.over: asyncio.Future[None] = loop.create_future()
        """Done when the command has ended, or must: it was cancelled, or printed too much."""
        self.exited: asyncio.Future[None] = loop.create_future()
        """Done when the supervisor has ended."""
        self.closed: asyncio.Future[None] = loop.create_future()
        """Done when it has, and nothing holds the output open."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.text.take(data)
        if self.text.taken_bytes > MOST_OUTPUT_BYTES:
            self.is_too_much = True
            settle(self.over)
            close_pipe(self._transport, 1)

    def process_exited(self) -> None:
        self.exited.set_result(None)
        settle(self.over)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set_result(None)
