"""The files of the history: a plain file of this user's alone, added to or written anew, never half."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX: Final = ".jsonl"

_LARGEST: Final = 64_000_000
"""Bytes of a file that are looked at; what stands behind them goes when the file is next written."""
_SAFE: Final = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def read_lines(path: Path) -> list[bytes]:
    """Return a file's lines with their ends; none of what is not there, or no plain file of this user's."""
    try:
        file = os.open(path, os.O_RDONLY | _SAFE)
    except OSError:
        return []
    try:
        return _content(file).splitlines(keepends=True) if _is_own(os.fstat(file)) else []
    except OSError:
        return []
    finally:
        os.close(file)


def add_line(path: Path, line: bytes) -> None:
    """Write a line behind those that a file has, or as the first of a new one."""
    _write(path, line, os.O_APPEND)


def replace_lines(path: Path, content: bytes) -> None:
    """Write a file anew, so that readers see the old or the new one."""
    draft = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        _write(draft, content, os.O_EXCL)
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise


def make_room(folder: Path, most: int) -> None:
    """Remove the files that were not written for longest, until one more is not too many."""
    files = sorted(folder.glob(f"*{SUFFIX}"), key=_last_written)
    for file in files[: max(0, len(files) + 1 - most)]:
        with suppress(OSError):
            file.unlink()


def _content(file: int) -> bytes:
    with os.fdopen(file, "rb", closefd=False) as opened:
        return opened.read(_LARGEST)


def _is_own(about: os.stat_result) -> bool:
    return stat.S_ISREG(about.st_mode) and (not hasattr(os, "getuid") or about.st_uid == os.getuid())


def _last_written(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _write(path: Path, content: bytes, flags: int) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | flags | _SAFE, 0o600)
    with os.fdopen(file, "wb") as opened:
        opened.write(content)
