"""Somebody at a terminal, with the installed `goflow` in front of them."""

from __future__ import annotations

import os
import pty
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from tests.flows.goflow_process import GOFLOW

PROMPT: Final = "  a number, or your own words (ctrl-d: no answer): "


@dataclass
class Person:
    """Somebody at a terminal."""

    terminal: int
    process: subprocess.Popen[bytes]
    seen: str = ""

    def wait_for(self, words: str) -> None:
        """Read until the words are on the screen."""
        while words not in self.seen:
            ready, _, _ = select.select([self.terminal], [], [], 30)
            assert ready, self.seen
            self.seen += os.read(self.terminal, 4096).decode().replace("\r\n", "\n")

    def type(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def end(self) -> tuple[int, bytes]:
        """Return the exit code and stdout, once all has been said."""
        stdout, _ = self.process.communicate(timeout=30)
        while select.select([self.terminal], [], [], 0)[0]:
            try:
                self.seen += os.read(self.terminal, 4096).decode().replace("\r\n", "\n")
            except OSError:  # nobody has the other side open any more
                break
        return self.process.returncode, stdout


@contextmanager
def person(*arguments: str, stdin: int | None = None) -> Iterator[Person]:
    """Start the command at a terminal; `stdin` may be something else."""
    outer, inner = pty.openpty()
    process = subprocess.Popen(
        ["python3", "-c", _IN_A_SESSION, GOFLOW, *arguments],
        stdin=inner if stdin is None else stdin,
        stdout=subprocess.PIPE,
        stderr=inner,
        start_new_session=True,
    )
    os.close(inner)
    with process:
        try:
            yield Person(outer, process)
        finally:
            process.kill()
            os.close(outer)


_IN_A_SESSION = """
import fcntl, os, sys, termios
fcntl.ioctl(2, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
