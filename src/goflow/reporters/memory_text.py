"""`memory.md`: what the shared memory held at the start, then its entries with their times."""

from __future__ import annotations

from goflow.events import Event, MemoryWritten, StepReused
from goflow.journal.moments import show_moment
from goflow.projections.memory import entry_line


class MemoryText:
    """Gathers the entries; `is_new` says that the file does not hold all of them yet."""

    def __init__(self, initial: str) -> None:
        self._parts = [initial if initial.endswith("\n") or not initial else f"{initial}\n"]
        self._has_entries = False
        self._initial = initial
        self.is_new = True

    def see(self, event: Event) -> None:
        """Take in the next event."""
        match event.fact:
            case MemoryWritten() as entry:
                self.take(entry, event.at_ms)
            case StepReused() as fact:
                for entry in fact.entries():
                    self.take(entry, event.at_ms)
            case _:
                """Nothing is added."""

    def take(self, entry: MemoryWritten, at_ms: int) -> None:
        """Add an entry, to the second."""
        self._parts.append(f"[{show_moment(at_ms)[:19]}Z] {entry_line(entry)}\n")
        self._has_entries = self.is_new = True

    def text(self) -> str:
        """Return all of it; without entries, the initial content as it was written."""
        return "".join(self._parts) if self._has_entries else self._initial
