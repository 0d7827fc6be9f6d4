"""The `stream.jsonl` of each step: gathered, added to the file now and then, bounded, never synced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from goflow.reporters.stream_lines import delta_line, event_lines, note_line

if TYPE_CHECKING:
    from goflow.events import Event, Progress
    from goflow.reporters.file_tree import FileTree
    from goflow.reporters.step_folders import StepFolders

LONGEST_STREAM: Final = 16 * 1024 * 1024
"""Bytes of one step's stream; what follows is left out, with a note."""


class StreamFiles:
    """Gathers lines, and adds them to the files when told to."""

    def __init__(self, tree: FileTree, folders: StepFolders, *, longest: int = LONGEST_STREAM) -> None:
        self._tree = tree
        self._folders = folders
        self._longest = longest
        self._gathered: dict[str, list[bytes]] = {}
        self._full: set[str] = set()
        self._now_ms = 0

    def take(self, event: Event) -> None:
        """Gather what an event adds."""
        self._now_ms = event.at_ms
        for step, line in event_lines(event):
            self._gather(step, line)

    def take_progress(self, progress: Progress, at_ms: int) -> None:
        """Gather a piece of text."""
        self._gather(*delta_line(progress, at_ms))

    def _gather(self, step: str, line: bytes) -> None:
        if step not in self._full:
            self._gathered.setdefault(step, []).append(line)

    def waiting(self) -> list[str]:
        """Return the steps that have lines to be written."""
        return list(self._gathered)

    def write(self, step: str) -> None:
        """Add a step's lines to its file; those that cannot be written are lost."""
        lines = b"".join(self._gathered.pop(step))
        name = f"{self._folders.folder_of(step)}/stream.jsonl"
        if self._tree.append(name, lines) > self._longest:
            self._full.add(step)
            self._tree.append(
                name, note_line(self._now_ms, f"the rest is left out: more than {self._longest} bytes")
            )
