"""A file system for tests that can lose the power: whatever was not synced by then is gone.

A run that is given `DroppingFiles` writes real files. When the power goes, after a number of operations or
when `lose_power` is called, every write since the last `sync` of its file and every name since the last
`sync_folder` of its folder is taken back, on the disk itself, and whoever goes on writing meets `PowerLost`.
What is left is what a machine finds after a cut at the worst moment; a new owner, with plain files, must get
on with it. Nothing is flushed for real: what lasts is decided here, and no test waits for a disk.

A disk may also have been quicker with one thing than with another: `keeps` says what it had got to.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, TypeAlias

from goflow.journal.files import DISK
from goflow.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path


Kept: TypeAlias = Literal["nothing", "names", "writes", "halves"]
"""What the power leaves of that which was not synced: all names, all writes, or half of each write."""


class PowerLost(Exception):
    """The power is gone; no file can be written any more."""


@dataclass(eq=False, slots=True)
class _File:
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """A change that is not durable yet: what makes it so, and how to take it back."""

    until: _File | Path
    undo: Callable[[], None]


class DroppingFiles:
    """Files on the disk until the power goes; `operations` counts the calls so far.

    With `last_operation`, the power goes in the place of the call after that one. `keeps` is what is left of
    that which was not synced.
    """

    def __init__(self, last_operation: int | None = None, *, keeps: Kept = "nothing") -> None:
        self.operations = 0
        self._keeps = keeps
        self._last_operation = last_operation
        self._changes: list[_Change] = []
        self._files: dict[Path, _File] = {}
        self._open: dict[int, _File] = {}
        self._is_off = False

    def lose_power(self) -> None:
        """Take back all that is not durable."""
        self._is_off = True
        while self._changes:
            change = self._changes.pop()
            if self._keeps != ("writes" if isinstance(change.until, _File) else "names"):
                change.undo()

    def make_folder(self, path: Path) -> None:
        """Make a folder; it is durable once its parent is synced."""
        self._count()
        DISK.make_folder(path)
        self._note(path.parent, lambda: shutil.rmtree(path))

    def open_to_append(self, path: Path) -> int:
        """Open a file, made where there is none."""
        self._count()
        is_new = not path.exists()
        return self._opened(path, DISK.open_to_append(path), is_new=is_new)

    def create(self, path: Path) -> int:
        """Make a file."""
        self._count()
        return self._opened(path, DISK.create(path), is_new=True)

    def write(self, file: int, content: bytes) -> None:
        """Write; durable once the file is synced."""
        self._count()
        self._note_size(file, len(content) // 2 if self._keeps == "halves" else 0)
        DISK.write(file, content)

    def truncate(self, file: int, size: int) -> None:
        """Cut a file; durable once it is synced."""
        self._count()
        changed = self._open[file]
        rest = changed.path.read_bytes()[size:]
        self._note(changed, lambda: _put_back(changed.path, size, rest))
        DISK.truncate(file, size)

    def sync(self, file: int) -> None:
        """Make a file's content durable, not its name."""
        self._count()
        self._settle(self._open[file])

    def close(self, file: int) -> None:
        """Close a file, also when the power is gone."""
        DISK.close(file)
        del self._open[file]

    def rename(self, old: Path, new: Path) -> None:
        """Rename; durable once the folder is synced."""
        self._count()
        replaced = new.read_bytes() if new.exists() else None
        DISK.rename(old, new)
        renamed = self._files.pop(old, _File(old))
        renamed.path = new
        self._files[new] = renamed
        self._note(new.parent, lambda: self._undo_rename(renamed, old, replaced))

    def remove(self, path: Path) -> None:
        """Remove a file; gone for good once the folder is synced."""
        self._count()
        content = path.read_bytes()
        DISK.remove(path)
        self._files.pop(path, None)
        self._note(path.parent, lambda: _write(path, content))

    def sync_folder(self, path: Path) -> None:
        """Make the names in a folder durable."""
        self._count()
        self._settle(path)

    def _count(self) -> None:
        if self.operations == self._last_operation:
            self.lose_power()
        if self._is_off:
            raise PowerLost
        self.operations += 1

    def _opened(self, path: Path, file: int, *, is_new: bool) -> int:
        self._open[file] = self._files.setdefault(path, _File(path))
        if is_new:
            self._open[file] = opened = self._files[path] = _File(path)
            self._note(path.parent, lambda: opened.path.unlink())  # noqa: PLW0108 - its path may change until then
        return file

    def _note(self, until: _File | Path, undo: Callable[[], None]) -> None:
        self._changes.append(_Change(until=until, undo=undo))

    def _note_size(self, file: int, kept_bytes: int) -> None:
        changed, size = self._open[file], os.fstat(file).st_size + kept_bytes
        self._note(changed, lambda: _cut(changed.path, size))

    def _settle(self, until: _File | Path) -> None:
        self._changes = [change for change in self._changes if change.until != until]

    def _undo_rename(self, renamed: _File, old: Path, replaced: bytes | None) -> None:
        renamed.path.replace(old)
        if replaced is not None:
            _write(renamed.path, replaced)
        renamed.path = old


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _cut(path: Path, size: int) -> None:
    with suppress(FileNotFoundError):  # it was removed, and its name is not put back
        os.truncate(path, size)


def _put_back(path: Path, size: int, rest: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(size)
        file.write(rest)
