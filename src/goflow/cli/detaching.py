"""The process that starts a detached run: it waits until the run is durable or has failed to begin."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

from goflow.cli.detached import Departure
from goflow.cli.looking import name_of_run
from goflow.cli.streams import say, write_data
from goflow.errors import GoflowError


def start_apart(act: Callable[[Departure], int]) -> int:
    """Do all that a run takes in a child; return its code where no run has begun.

    The child has this process's memory and so all that was given to it, keys and secret inputs too. It reads,
    checks and asks at this terminal, and lets go of it only when the run is its own. Nothing has started a
    thread yet.
    """
    hears, tells = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(hears)
        return act(Departure(tells))
    os.close(tells)
    word = _listen(hears, child)
    return _introduce(**json.loads(word)) if word else _code_of(child)


def _listen(line: int, child: int) -> bytes:
    """Return what the child tells when its run is durable; nothing if it ends before."""
    heard = b""
    while True:
        try:
            while chunk := os.read(line, 4096):
                heard += chunk
        except KeyboardInterrupt:
            _pass_on(child)
        else:
            return heard


def _pass_on(child: int) -> None:
    """Give Ctrl-C to a child that has let go of the terminal, and so has not heard it itself."""
    if os.getsid(child) != os.getsid(0):
        os.kill(child, signal.SIGINT)


def _introduce(*, run_id: str, folder: str) -> int:
    name = name_of_run(Path(folder), run_id)
    write_data(f"{run_id}\n")
    say(f"run {run_id} goes on by itself in {os.path.relpath(folder)}\n")
    say(f"next: goflow show {name} --follow\n      goflow answer {name}\n      goflow cancel {name}\n")
    return 0


def _code_of(child: int) -> int:
    """Return the code of a child that has told by itself why."""
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code < 0:
        ended = f"{signal.Signals(-code).name} ended the run's process"
        raise GoflowError(f"{ended} before the run had begun", help="start it again")
    return code
