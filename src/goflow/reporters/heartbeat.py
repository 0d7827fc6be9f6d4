"""`still running: scan-api (30s)`: a sign of life for logs, where nothing else has happened for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from goflow.events import (
    AttemptContinued,
    AttemptFailed,
    AttemptStarted,
    Fact,
    QuestionAsked,
    StepCancelled,
    StepCompleted,
    StepFailed,
)
from goflow.journal.moments import now_ms, show_moment
from goflow.projections.quantities import format_time

if TYPE_CHECKING:
    from goflow.events import Event, Progress

BEAT_S: Final = 30.0
MOST_NAMES: Final = 5

Later: TypeAlias = Callable[[float, Callable[[], None]], Callable[[], None]]
"""Calls a function after some seconds; returns what keeps it from doing so."""


def _on_the_loop(delay_s: float, call: Callable[[], None]) -> Callable[[], None]:
    return asyncio.get_running_loop().call_later(delay_s, call).cancel


class Heartbeat:
    """Looks every half minute whether anything has happened, and if not names what runs."""

    def __init__(
        self,
        write: Callable[[str], None],
        *,
        later: Later = _on_the_loop,
        now_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._write = write
        self._later = later
        self._now_ms = now_ms
        self._running_since: dict[str, int] = {}
        self._is_quiet = True
        self._stop: Callable[[], None] | None = None

    def on_events(self, batch: Sequence[Event]) -> None:
        """Take note of who runs."""
        for event in batch:
            self._follow(event.fact, event.at_ms)
        self._is_quiet = False
        if self._stop is None:
            self._stop = self._later(BEAT_S, self._beat)

    def on_progress(self, progress: Progress) -> None:
        """Do nothing: text is no event."""

    async def close(self) -> None:
        """Stop looking."""
        if self._stop is not None:
            self._stop()

    def _follow(self, fact: Fact, at_ms: int) -> None:
        match fact:
            case AttemptStarted() | AttemptContinued():
                self._running_since.setdefault(fact.step, at_ms)
            case AttemptFailed() | StepCompleted() | StepFailed() | StepCancelled() | QuestionAsked():
                self._running_since.pop(fact.step, None)
            case _:
                """Nobody's work begins or ends."""

    def _beat(self) -> None:
        if self._is_quiet and self._running_since:
            now_ms = self._now_ms()
            self._write(f"{show_moment(now_ms)[11:19]} still running: {self._names(now_ms)}\n")
        self._is_quiet = True
        self._stop = self._later(BEAT_S, self._beat)

    def _names(self, now_ms: int) -> str:
        oldest = list(self._running_since.items())[:MOST_NAMES]
        more = len(self._running_since) - len(oldest)
        named = ", ".join(f"{step} ({format_time(now_ms - since_ms)})" for step, since_ms in oldest)
        return f"{named} and {more} more" if more else named
