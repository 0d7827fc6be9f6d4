"""A bounded look at the files below a folder, for the tools that search."""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator
from threading import Event
from typing import TYPE_CHECKING, Final

from goflow.tools.gate_folder import Entry, Folder, Kind, refuse_special
from goflow.tools.gate_paths import Place, Unfit, folded, is_system, on_one_line
from goflow.tools.text_files import is_binary
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.tools.gate import Gate

MOST_FILES: Final = 20_000
MOST_SECONDS: Final = 15.0
MOST_SEARCHED_BYTES: Final = 2 * 1024 * 1024
"""The longest file that is searched."""
_MOST_DEPTH: Final = 100
_MOST_NAMES: Final = 20_000
_VIRTUAL_ENVIRONMENT: Final = "pyvenv.cfg"
_SKIPPED: Final = frozenset({".git", "node_modules", ".venv", "__pycache__"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file in an open folder, which stays open until the next one is asked for."""

    folder: Folder
    below: Place
    """Its names from the folder that is searched."""
    shown: str
    """Its path, as a model is told it."""

    def text(self) -> str | None:
        """Return what it holds; None for what is no text, too long, or gone meanwhile."""
        try:
            data = self.folder.read(self.below[-1], MOST_SEARCHED_BYTES)
        except (OSError, Unfit):
            return None
        return None if is_binary(data) else data.decode("utf-8", "replace").removeprefix("\ufeff")


class Tour:
    """Goes through the files below a path, each folder's in order, then those of its folders.

    Links are not followed. It ends early when it has seen enough, when its time is over, or with `stop`.
    """

    def __init__(
        self, gate: Gate, stop: Event, *, most_files: int = MOST_FILES, most_s: float = MOST_SECONDS
    ) -> None:
        self._gate = gate
        self._stop = stop
        self._most_files = most_files
        self._most_s = most_s
        self._end = time.monotonic() + most_s
        self._seen = 0
        self._notes: list[str] = []

    def is_over(self) -> bool:
        """Say whether to look at nothing more."""
        if self._seen >= self._most_files:
            self.note(f"stopped after {self._most_files:,} files and folders: search a smaller folder")
            return True
        return self.is_stopped()

    def is_stopped(self) -> bool:
        """Say whether to end at once: nobody waits for the result any more, or it has taken too long."""
        if time.monotonic() > self._end:
            self.note(f"stopped after {self._most_s:.0f} s: search a smaller folder")
            return True
        return self._stop.is_set()

    def files(self, path: str) -> Iterator[FoundFile]:
        """Yield the files below a folder, or the one file that the path is."""
        with self._gate.spot(path) as spot:
            status = spot.folder.status(spot.name)
            if status is None or not stat.S_ISDIR(status.st_mode):
                refuse_special(status)
                if not self._gate.is_hidden(spot.place):
                    yield self._found(spot.folder, (spot.name,), spot.place)
                return
            with spot.folder.enter(spot.name) as top:
                yield from self._below(top, spot.place)

    def _below(self, top: Folder, place: Place) -> Iterator[FoundFile]:
        waiting: list[Place] = [()]
        while waiting and not self.is_over():
            names = waiting.pop()
            try:
                with top.descend(names) as folder:
                    entries = self._entries(folder)
                    if names and any(entry.name == _VIRTUAL_ENVIRONMENT for entry in entries):
                        continue
                    yield from self._files_in(folder, entries, names, place)
            except OSError:
                continue  # closed to this user, or gone meanwhile
            waiting += reversed(self._folders_in(entries, names, place))

    def _entries(self, folder: Folder) -> list[Entry]:
        entries = folder.entries(_MOST_NAMES)
        self._seen += 1
        if len(entries) == _MOST_NAMES:
            self.note(f"looked at {_MOST_NAMES:,} names of a folder that has more")
        return entries

    def _files_in(
        self, folder: Folder, entries: list[Entry], names: Place, place: Place
    ) -> Iterator[FoundFile]:
        for entry in entries:
            if entry.kind is not Kind.FILE:
                continue
            if self.is_over():
                return
            below = (*names, entry.name)
            whole = (*place, *below)
            if not (self._gate.is_protected(whole) or self._gate.is_hidden(whole)):
                yield self._found(folder, below, whole)

    def _folders_in(self, entries: list[Entry], names: Place, place: Place) -> list[Place]:
        found = [(*names, each.name) for each in entries if each.kind is Kind.FOLDER]
        kept = [below for below in found if not self._is_skipped(below, place)]
        if kept and len(names) >= _MOST_DEPTH:
            self.note(f"did not look deeper than {_MOST_DEPTH} folders")
            return []
        return kept

    def _is_skipped(self, below: Place, place: Place) -> bool:
        whole = (*place, *below)
        return folded(below[-1]) in _SKIPPED or is_system(whole) or self._gate.is_protected(whole)

    def _found(self, folder: Folder, below: Place, place: Place) -> FoundFile:
        self._seen += 1
        return FoundFile(folder=folder, below=below, shown=on_one_line(self._gate.named(place)))

    def said(self) -> list[str]:
        """Return the notes as the last lines of a result."""
        return [f"[{note}]" for note in self._notes]

    def note(self, note: str) -> None:
        """Keep what was left out, for whoever reads the result."""
        if note not in self._notes:
            self._notes.append(note)
