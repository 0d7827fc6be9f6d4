"""Who is asked when a run has a question, worked out from the flags and from what stdin is."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from goflow.cli.answerers import FirstOf, Piped, Terminal, Written
from goflow.cli.line_reader import LineReader
from goflow.cli.streams import say
from goflow.loader.answer_file import read_answers

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.runner.people import Answerer


def find_answerer(answers: str | None, *, interactive: bool | None, cwd: Path) -> FirstOf:
    """Return who answers: the file of `--answers`, then stdin, then the terminal if stdin is none."""
    answerers: list[Answerer] = []
    if answers is not None:
        answerers.append(Written(read_answers(answers, cwd=cwd), answers))
    if interactive is not False:
        answerers.extend(_people(also_the_terminal=interactive is True))
    return FirstOf(answerers)


def _people(*, also_the_terminal: bool) -> Iterator[Answerer]:
    stdin = _stdin()
    if stdin is not None:
        lines = LineReader(stdin)
        if os.isatty(stdin):
            yield Terminal(lines, say)
            return
        yield Piped(lines)
    if also_the_terminal:
        try:
            yield Terminal(LineReader(os.open("/dev/tty", os.O_RDONLY | os.O_CLOEXEC)), say)
        except OSError:
            """There is no terminal."""


def _stdin() -> int | None:
    """Return the descriptor of stdin; None where it is closed, or no real file."""
    try:
        return None if sys.stdin is None else sys.stdin.fileno()
    except (OSError, ValueError):
        return None
