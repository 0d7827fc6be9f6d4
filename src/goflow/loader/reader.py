"""Where files come from: the disk, or what a run has recorded."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from goflow.errors import UsageError, reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from goflow.workflow import SourceFile

MEGABYTE = 1024 * 1024

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_KINDS = (
    (stat.S_ISDIR, "is a folder"),
    (stat.S_ISFIFO, "is a pipe, not a file"),
    (stat.S_ISSOCK, "is a socket, not a file"),
    (stat.S_ISCHR, "is a device, not a file"),
    (stat.S_ISBLK, "is a device, not a file"),
)


class Unreadable(UsageError):
    """A file cannot be read; `reason` completes a sentence that begins with its name."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"`{path}` {reason}")
        self.path = path
        self.reason = reason


class Missing(Unreadable):
    """A file or a folder does not exist."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "does not exist")


class Reader(Protocol):
    """Reads files and folders by absolute path; raises `Missing` or `Unreadable`, and never waits."""

    def read(self, path: Path, *, limit: int) -> bytes:
        """Return all bytes of a regular file that has at most `limit` bytes."""
        ...

    def names(self, folder: Path) -> list[str]:
        """Return the names of a folder's entries, sorted."""
        ...


class DiskReader:
    """Reads the disk."""

    def read(self, path: Path, *, limit: int) -> bytes:
        """Return all bytes of a regular file that has at most `limit` bytes."""
        try:
            _require_regular(path, path.stat())
            with open(os.open(path, _FLAGS), "rb") as file:  # noqa: PTH123 - a path may have become a pipe
                _require_regular(path, os.fstat(file.fileno()))
                content = file.read(limit + 1)
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from error
        return _within(path, content, limit)

    def names(self, folder: Path) -> list[str]:
        """Return the names of a folder's entries, sorted."""
        try:
            return sorted(entry.name for entry in folder.iterdir())
        except (OSError, ValueError) as error:
            raise _unreadable(folder, error) from error


class RecordedReader:
    """Serves the sources that a run has recorded, and nothing else."""

    def __init__(self, sources: Iterable[SourceFile]) -> None:
        self._content = {Path(source.path): source.content for source in sources}

    def read(self, path: Path, *, limit: int) -> bytes:
        """Return the bytes recorded for `path`."""
        if path not in self._content:
            raise Missing(path)
        return _within(path, self._content[path], limit)

    def names(self, folder: Path) -> list[str]:
        """Return the names of the recorded files that stand in `folder`."""
        names = sorted(path.name for path in self._content if path.parent == folder)
        if not names:
            raise Missing(folder)
        return names


def _require_regular(path: Path, status: os.stat_result) -> None:
    if stat.S_ISREG(status.st_mode):
        return
    kind = next((words for is_kind, words in _KINDS if is_kind(status.st_mode)), "is not a regular file")
    raise Unreadable(path, kind)


def _within(path: Path, content: bytes, limit: int) -> bytes:
    if len(content) > limit:
        raise Unreadable(path, f"is larger than {limit // MEGABYTE} MB")
    return content


def _unreadable(path: Path, error: OSError | ValueError) -> Unreadable:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Missing(path)
    if isinstance(error, OSError):
        return Unreadable(path, f"cannot be read: {reason(error)}")
    return Unreadable(path, "cannot be read: the name is not valid")
