"""`memory.md`: what the shared memory held at the start, then its entries with their times."""

from __future__ import annotations

from goflow.events import Event, MemoryWritten, RunReopened, StepReused
from goflow.journal.moments import show_moment
from goflow.projections.memory import entry_line


class MemoryText:
    """Gathers the entries; `is_new` says that the file does not hold all of them yet."""

    def __init__(self, initial: str) -> None:
        self._initial = initial
        self._entries: list[tuple[str, str]] = []
        self.is_new = True

    def see(self, event: Event) -> None:
        """Take in the next event."""
        match event.fact:
            case MemoryWritten() as entry:
                self.take(entry, event.at_ms)
            case StepReused() as fact:
                for entry in fact.entries():
                    self.take(entry, event.at_ms)
            case RunReopened(rewritten=steps) if steps:
                self._entries = [(step, line) for step, line in self._entries if step not in steps]
                self.is_new = True
            case _:
                """Nothing is added or taken back."""

    def take(self, entry: MemoryWritten, at_ms: int) -> None:
        """Add an entry, to the second."""
        self._entries.append((entry.step, f"[{show_moment(at_ms)[:19]}Z] {entry_line(entry)}\n"))
        self.is_new = True

    def text(self) -> str:
        """Return all of it; without entries, the initial content as it was written."""
        if not self._entries:
            return self._initial
        initial = self._initial if self._initial.endswith("\n") or not self._initial else f"{self._initial}\n"
        return initial + "".join(line for _, line in self._entries)
