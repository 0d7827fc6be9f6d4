"""The seam to where a run's events are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from goflow.events import Event


class Journal(Protocol):
    """An append-only list of events with one owner at a time."""

    async def append(self, batch: Sequence[Event], *, expected_seq: int, epoch: int) -> None:
        """Keep a batch for good, whole or not at all as far as readers can tell; return when it is durable.

        `expected_seq` is the seq of the last event before the batch. Raises `Fenced` where another owner
        has appended since or claimed a later epoch, and `RunFolderError` where the storage refuses; nothing
        is kept then.
        """
        ...

    def read(self, after: int = 0) -> Sequence[Event]:
        """Return the events that follow `after`, as they are now; a torn last line does not count."""
        ...

    def tail(self, after: int = 0) -> AsyncIterator[Event]:
        """Yield the events that follow `after` as they come, up to and including a run's end."""
        ...
