"""Commands, each in a process group of its own, so that what a command has started ends with it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

from goflow.tools.subprocesses import close_pipe, settle
from goflow.tools.waiting import wait_out
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GRACE_S: Final = 2.0
"""How long a command may take to end after SIGTERM, before SIGKILL."""
DRAIN_S: Final = 1.0
"""How long output is awaited after a command's end: one that left its group may hold the pipe for ever."""
MOST_STDERR_BYTES: Final = 64 * 1024
"""How much of stderr is kept: its end."""
_KILL: Final = getattr(signal, "SIGKILL", signal.SIGTERM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to start: `argv` begins with a program's path, `env` is its whole environment; stdin is empty."""

    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]
    most_stdout_bytes: int
    """A command that prints more is stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended; `exit_code` is minus the signal's number where one killed it."""

    exit_code: int
    stdout: str
    stderr: str
    printed_too_much: bool


async def run_command(command: Command, hear: Callable[[str], None] | None = None) -> Ended:
    """Run a command to its end; `hear` gets whole lines of stdout as they come.

    Raises OSError where it cannot be started, ValueError for what no argument can hold. Whichever way this
    ends, cancelled too, nothing of the group is alive then; only a process that made a group of its own gets
    away. A second cancellation kills at once.
    """
    output = _Output(command.most_stdout_bytes, hear)
    running = asyncio.ensure_future(_run(command, output))
    await wait_out(running, output.hurry)
    return running.result()


async def _run(command: Command, output: _Output) -> Ended:
    transport, _ = await asyncio.get_running_loop().subprocess_exec(
        lambda: output,
        *command.argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=command.cwd,
        env=command.env,
        start_new_session=True,
    )
    try:
        await asyncio.wait({output.over})
        await _stop_group(transport, output)
    finally:
        if not output.exited.done():
            _signal_group(transport, _KILL)
        transport.close()
    await asyncio.wait({output.closed})
    return output.ended(transport.get_returncode() or 0)


async def _stop_group(transport: asyncio.SubprocessTransport, output: _Output) -> None:
    """Ask the group to end as long as the command itself lives, then kill what is left."""
    if not output.exited.done():
        _signal_group(transport, signal.SIGTERM)
        first = asyncio.FIRST_COMPLETED
        await asyncio.wait({output.exited, output.impatient}, timeout=GRACE_S, return_when=first)
    _signal_group(transport, _KILL)
    await asyncio.wait({output.exited})
    await asyncio.wait({output.closed}, timeout=DRAIN_S)


def _signal_group(transport: asyncio.SubprocessTransport, number: int) -> None:
    if sys.platform == "win32":  # no process groups: children of the command are left
        if transport.get_returncode() is None:
            transport.kill()
        return
    with suppress(ProcessLookupError, PermissionError):  # nobody is left; on macOS also: zombies alone
        os.killpg(transport.get_pid(), number)


class _Output(asyncio.SubprocessProtocol):
    """Collects what a command prints, within bounds."""

    def __init__(self, most_stdout_bytes: int, hear: Callable[[str], None] | None) -> None:
        loop = asyncio.get_running_loop()
        self.over: asyncio.Future[None] = loop.create_future()
        """Done when the command has ended, or must: it was cancelled, or printed too much."""
        self.impatient: asyncio.Future[None] = loop.create_future()
        """Done when it was cancelled again."""
        self.exited: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        """Done when the command has exited and nothing holds its output open."""
        self._most = most_stdout_bytes
        self._hear = hear
        self._heard = 0
        self._stdout = bytearray()
        self._stderr = bytearray()
        self._printed_too_much = False

    def hurry(self) -> None:
        """Have the command ended; called again, without a grace."""
        settle(self.impatient if self.over.done() else self.over)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 1:
            self._add(data)
            return
        self._stderr += data
        if len(self._stderr) > 2 * MOST_STDERR_BYTES:
            del self._stderr[:-MOST_STDERR_BYTES]

    def process_exited(self) -> None:
        self.exited.set_result(None)
        settle(self.over)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set_result(None)

    def ended(self, exit_code: int) -> Ended:
        self._tell(len(self._stdout))
        return Ended(
            exit_code=exit_code,
            stdout=self._stdout.decode(errors="replace"),
            stderr=self._stderr[-MOST_STDERR_BYTES:].decode(errors="replace"),
            printed_too_much=self._printed_too_much,
        )

    def _add(self, data: bytes) -> None:
        start = len(self._stdout)
        self._stdout += data[: self._most - start]
        last_break = self._stdout.rfind(b"\n", start)
        self._tell(last_break + 1)
        if start + len(data) > self._most:
            self._printed_too_much = True
            settle(self.over)
            close_pipe(self._transport, 1)

    def _tell(self, end: int) -> None:
        if self._hear is not None and end > self._heard:
            self._hear(self._stdout[self._heard : end].decode(errors="replace"))
            self._heard = end
