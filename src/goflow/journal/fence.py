"""Who may append: the one whose view of the journal's end is the truth, and whose claim is the newest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from goflow.errors import Fenced
from goflow.events import RunClaimed
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Events to append, and what their author takes for the journal's end."""

    events: Sequence[Event] = field(default_factory=tuple)
    expected_seq: int
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """A journal's end: the last event's seq and the newest claim's epoch, 0 where there is none."""

    seq: int = 0
    epoch: int = 0

    def after(self, events: Sequence[Event]) -> End:
        """Return the end once these events follow."""
        claims = [event.fact.epoch for event in events if isinstance(event.fact, RunClaimed)]
        return End(
            seq=events[-1].seq if events else self.seq,
            epoch=claims[-1] if claims else self.epoch,
        )


def check_fence(end: End, batch: Batch) -> End:
    """Return the end that the batch makes; raise `Fenced` where it may not follow."""
    if batch.expected_seq != end.seq:
        found = f"its last event is {end.seq}, not {batch.expected_seq}"
        raise Fenced(f"another process has written to the journal: {found}")
    if batch.epoch < end.epoch:
        raise Fenced(f"another process has claimed the run: its epoch is {end.epoch}, not {batch.epoch}")
    for seq, event in enumerate(batch.events, start=end.seq + 1):
        if event.seq != seq:
            message = f"event {event.seq} of a batch stands where {seq} belongs"
            raise ValueError(message)
        if isinstance(event.fact, RunClaimed) and event.fact.epoch <= end.epoch:
            raise Fenced(f"the epoch {event.fact.epoch} is claimed already")
    return end.after(batch.events)
