"""The files of the history: what is read of one, and which of them go first."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from goflow.journal.own_files import read_own

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX: Final = ".jsonl"

_LARGEST: Final = 64_000_000
"""Bytes of a file that are looked at; what stands behind them goes when the file is next written."""


def read_lines(path: Path) -> list[bytes]:
    """Return a file's lines with their ends; none of what is not there, or no plain file of this user's."""
    try:
        return read_own(path, _LARGEST).splitlines(keepends=True)
    except OSError:
        return []


def make_room(folder: Path, most: int) -> None:
    """Remove the files that were not written for longest, until one more is not too many."""
    files = sorted(folder.glob(f"*{SUFFIX}"), key=_last_written)
    for file in files[: max(0, len(files) + 1 - most)]:
        with suppress(OSError):
            file.unlink()


def _last_written(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
