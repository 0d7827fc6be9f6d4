"""Keeping the cache small: what was not used for longest goes first."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

MOST_REMOVED: Final = 10_000
"""Files that one run removes at the most; the next one goes on."""

_ABANDONED_S: Final = 3600
"""A file under a temporary name that is older was left by a process that died."""


def trim(folder: Path, *, most_bytes: int) -> None:
    """Remove files until the rest has at most so many bytes; one that another process removes is no error."""
    found = sorted(_files(folder))
    over = sum(size for _, size, _ in found) - most_bytes
    for _, size, path in found[:MOST_REMOVED]:
        if over <= 0:
            return
        with suppress(OSError):
            os.unlink(path)  # noqa: PTH108 - paths stay texts: there may be a hundred thousand
        over -= size


def _files(folder: Path) -> Iterator[tuple[float, int, str]]:
    """Yield when each file was used last, its size, and its path; abandoned drafts are removed."""
    abandoned = time.time() - _ABANDONED_S
    for shelf in _entries(str(folder)):
        if not shelf.is_dir(follow_symlinks=False):
            continue
        for entry in _entries(shelf.path):
            with suppress(OSError):
                about = entry.stat(follow_symlinks=False)
                if entry.name.endswith(".json"):
                    yield about.st_mtime, about.st_size, entry.path
                elif entry.name.endswith(".tmp") and about.st_mtime < abandoned:
                    os.unlink(entry.path)  # noqa: PTH108 - as above


def _entries(path: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            return list(entries)
    except OSError:
        return []
