"""The process of a detached run: at the terminal until the run is its own, and then away from it."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from goflow.cli.answerers import FirstOf
from goflow.journal.refusals import storage

if TYPE_CHECKING:
    from goflow.events import QuestionAsked

LOG: Final = "detached.log"
_OPEN_LOG: Final = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_APPEND
    | getattr(os, "O_NOFOLLOW", 0)  # a link may lead anywhere
    | getattr(os, "O_NONBLOCK", 0)  # a pipe would wait for a reader
)
_OUTPUTS: Final = (1, 2)


class Departure:
    """How a process leaves the one that started it; `line` is where it tells that it has."""

    def __init__(self, line: int) -> None:
        self._line: int | None = line
        self._former: dict[int, int] = {}

    def leave(self, folder: Path) -> None:
        """Let go of the terminal and of what was inherited; what is said from now on is kept in the folder.

        So nothing that the run starts holds a pipe of whoever started it, or hears that one's Ctrl-C.
        """
        log = folder / LOG
        with storage(folder, log):
            kept = os.open(log, _OPEN_LOG, 0o600)
        os.setsid()
        for number in _inherited():
            if number in _OUTPUTS:
                self._former[number] = os.dup(number)
            elif number:
                os.close(number)
        _put(kept, *_OUTPUTS)
        _put(os.open(os.devnull, os.O_RDONLY), 0)

    def arrive(self, run_id: str, folder: Path) -> None:
        """Tell whoever waits that the run is durable."""
        if self._line is None:
            return
        line, self._line = self._line, None
        with suppress(BrokenPipeError):  # nobody waits any more
            os.write(line, json.dumps({"run_id": run_id, "folder": str(folder)}).encode())
        for number in (line, *self._former.values()):
            os.close(number)

    def come_back(self) -> None:
        """Speak to the terminal again, where the run has not begun."""
        if self._line is not None:
            for number, former in self._former.items():
                os.dup2(former, number)


class Elsewhere(FirstOf):
    """Answers what was written beforehand; all else waits for `goflow answer`, which shows what is asked."""

    @property
    def has_person(self) -> bool:
        """Whether there is somebody who sees what is asked: whoever looks at the run."""
        return True

    async def answer(self, question: QuestionAsked) -> tuple[str, str] | None:
        """Return the written answer; without one, wait until the question is answered from elsewhere."""
        written = await super().answer(question)
        return written or await asyncio.get_running_loop().create_future()


def _inherited() -> list[int]:
    """Return the descriptors that were open at the start: what is opened since goes to no other program."""
    found = []
    for entry in Path("/dev/fd").iterdir():
        with suppress(OSError):  # the folder itself was open while it was read
            if os.get_inheritable(int(entry.name)):
                found.append(int(entry.name))
    return found


def _put(file: int, *numbers: int) -> None:
    """Put an open file in place of others."""
    for number in numbers:
        os.dup2(file, number)
    if file not in numbers:
        os.close(file)
