"""A caller's reporter may fail; the run it looks at goes on."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from goflow.events import Event, Progress
    from goflow.reporters.base import Reporter


class Guarded:
    """Passes on what happens until the reporter raises: what it has missed then, it cannot know."""

    def __init__(self, reporter: Reporter, warn: Callable[[str], None]) -> None:
        self._reporter = reporter
        self._warn = warn
        self._has_failed = False

    def on_events(self, batch: Sequence[Event]) -> None:
        """Pass events on."""
        if not self._has_failed:
            with self._telling():
                self._reporter.on_events(batch)

    def on_progress(self, progress: Progress) -> None:
        """Pass a piece of text on."""
        if not self._has_failed:
            with self._telling():
                self._reporter.on_progress(progress)

    async def close(self) -> None:
        """Close the reporter, also one that has failed."""
        with self._telling():
            await self._reporter.close()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - who looks at a run must not end it
            self._has_failed = True
            name = type(self._reporter).__name__
            self._warn(f"`{name}` is told nothing more of the run: {type(error).__name__}: {error}")
