"""`--stream`: answers as they come, in whole lines, each with the step that it is from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from goflow.events import (
    AttemptFailed,
    AttemptStarted,
    Fact,
    StepCancelled,
    StepCompleted,
    StepFailed,
)
from goflow.reporters.sanitize import sanitize

if TYPE_CHECKING:
    from goflow.events import Event, Progress

WIDEST: Final = 120
"""Columns after which a line is shown although it has not ended."""


class StreamLines:
    """Gathers each step's text until there is a line of it, so that two answers never share one."""

    def __init__(self, write: Callable[[str], None], *, bar: str = "│") -> None:
        self._write = write
        self._bar = bar
        self._unshown: dict[str, str] = {}
        self._has_streamed: set[str] = set()

    def on_progress(self, progress: Progress) -> None:
        """Show the lines that the piece completes."""
        self._has_streamed.add(progress.step)
        *lines, rest = _split(self._unshown.get(progress.step, "") + progress.text)
        self._unshown[progress.step] = rest
        self._show(progress.step, lines)

    def on_events(self, batch: Sequence[Event]) -> None:
        """Show what is left of answers that have ended."""
        for event in batch:
            self._follow(event.fact)

    async def close(self) -> None:
        """Show what is left of all answers."""
        for step in list(self._unshown):
            self._end(step)

    def _follow(self, fact: Fact) -> None:
        match fact:
            case AttemptStarted():
                self._has_streamed.discard(fact.step)
            case StepCompleted():
                if fact.step not in self._has_streamed and fact.output:
                    self._show(fact.step, _split(fact.output.removesuffix("\n")))
                self._end(fact.step)
            case AttemptFailed() | StepFailed() | StepCancelled():
                self._end(fact.step)
            case _:
                """No answer ends."""

    def _end(self, step: str) -> None:
        rest = self._unshown.pop(step, "")
        if rest:
            self._show(step, [rest])

    def _show(self, step: str, lines: Sequence[str]) -> None:
        if lines:
            self._write("".join([f"{step} {self._bar} {sanitize(line)}".rstrip() + "\n" for line in lines]))


def _split(text: str) -> list[str]:
    """Split at line breaks, and where a line grows too wide at a blank; the last part has not ended."""
    *lines, rest = text.split("\n")
    parts = [part for line in lines for part in _fold(line)]
    *wide, rest = _fold(rest)
    return [*parts, *wide, rest]


def _fold(line: str) -> list[str]:
    parts: list[str] = []
    while len(line) > WIDEST:
        blank = line.rfind(" ", WIDEST // 2, WIDEST + 1)
        end = WIDEST if blank < 0 else blank
        parts.append(line[:end])
        line = line[end:].removeprefix(" ")
    return [*parts, line]
