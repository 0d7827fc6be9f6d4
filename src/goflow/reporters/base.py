"""The seam to whoever looks at a run while it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from goflow.events import Event, Progress


class Reporter(Protocol):
    """Shows or writes what happens. Called on the event loop after each append, so it must return at once."""

    def on_events(self, batch: Sequence[Event]) -> None:
        """Take note of events that are durable now."""
        ...

    def on_progress(self, progress: Progress) -> None:
        """Take note of a piece of text; it may be dropped."""
        ...

    async def close(self) -> None:
        """Finish what is still to be shown or written."""
        ...
