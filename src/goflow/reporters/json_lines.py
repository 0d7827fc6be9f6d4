"""`--json`: every event as the line that the journal has for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from goflow.errors import GoflowError
from goflow.journal.codec import Encoder

if TYPE_CHECKING:
    from goflow.events import Event, Progress


class JsonLines:
    """Writes a line an event, all of a batch at once."""

    def __init__(self, run_id: str, write: Callable[[str], object]) -> None:
        """`write` flushes; it may raise `GoflowError`, after which it is not called again."""
        self._encoder = Encoder(run_id)
        self._write = write
        self.error: GoflowError | None = None

    def on_events(self, batch: Sequence[Event]) -> None:
        """Write the events; a reader that cannot be written to must not end the run."""
        if self.error is not None:
            return
        try:
            self._write("".join([f"{self._encoder.encode(event)}\n" for event in batch]))
        except GoflowError as error:
            self.error = error

    def on_progress(self, progress: Progress) -> None:
        """Write nothing: the whole answer comes as an event."""

    async def close(self) -> None:
        """Do nothing: every batch has been flushed."""
