"""The shared memory as agents are shown it, and as its file holds it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from goflow.events import MemoryWritten
    from goflow.planning.plan import PlannedMemory

MOST_SHOWN_CHARS: Final = 32_000
"""What agents are shown of the entries; the file keeps all."""

MOST_INITIAL_CHARS: Final = 32_000
"""What agents are shown of what the memory held at the start."""

HEADING: Final = "--- Shared Memory (read-only context from other agents) ---"
ENDING: Final = "--- End Shared Memory ---"
TOOLS_EXIST: Final = (
    "You share a memory with the other agents of this run: `read_memory` shows it, and `write_memory` adds"
    " an entry that all of them can read."
)


def entry_line(entry: MemoryWritten) -> str:
    """Return an entry as one paragraph.

    Its further lines are indented, so that no text can pass for another agent's entry or for the end.
    """
    return f"[{entry.agent}] " + "\n  ".join(entry.text.strip().splitlines())


def shown_memory(initial: str, entries: Sequence[MemoryWritten]) -> str:
    """Return what agents are shown: no times, which would make each run's prompts differ; the newest kept."""
    kept: list[str] = []
    room = MOST_SHOWN_CHARS
    for entry in reversed(entries):
        line = entry_line(entry)
        if len(line) > room:
            line = line[:room] + f" … [{len(line) - room} characters left out]" if not kept else ""
        if not line:
            break
        kept.append(line)
        room -= len(line)
    left_out = len(entries) - len(kept)
    note = [f"[{left_out} earlier entries left out]"] if left_out else []
    return "\n".join([*_beginning(initial), *note, *reversed(kept)])


def _beginning(initial: str) -> list[str]:
    over = len(initial) - MOST_INITIAL_CHARS
    if over > 0:
        return [f"{initial[:MOST_INITIAL_CHARS].lstrip(chr(10))}\n[{over} characters left out]"]
    return [initial.strip("\n")] if initial.strip() else []


def system_with_memory(written: str, memory: PlannedMemory | None) -> str:
    """Return a system prompt that says that there is a memory, where no prompt shows it."""
    if memory is None or memory.is_injected:
        return written
    return f"{written}\n\n{TOOLS_EXIST}" if written else TOOLS_EXIST


def inject(memory: str, prompt: str) -> str:
    """Put the memory in front of a prompt; nothing where it is empty."""
    return f"{HEADING}\n{memory}\n{ENDING}\n\n{prompt}" if memory else prompt
