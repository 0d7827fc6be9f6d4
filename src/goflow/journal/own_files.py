"""Files of one user's: what others have planted or could look into is neither read nor written through."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from goflow.journal.files import DISK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PRIVATE_FOLDER: Final = 0o700
_PRIVATE_FILE: Final = 0o600
_PLAIN: Final = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def make_private(folder: Path) -> None:
    """Make a folder, and all above it that are not there, for this user alone."""
    for each in (*reversed(folder.parents), folder):
        if not each.is_dir():
            each.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)


def read_own(path: Path, most_bytes: int) -> bytes:
    """Return what a file begins with; raise OSError where it is no plain file of this user's."""
    with _opened(path, os.O_RDONLY) as file, os.fdopen(file, "rb", closefd=False) as opened:
        return opened.read(most_bytes)


def add_to_own(path: Path, content: bytes) -> None:
    """Write behind what a file holds, or a new one; raise OSError as `read_own`."""
    with _opened(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND) as file:
        DISK.write(file, content)


def replace_own(path: Path, content: bytes) -> None:
    """Write a file anew, so that readers see the old or the new one."""
    with drafted(path) as draft:
        DISK.write(draft, content)


@contextmanager
def drafted(path: Path, *, mode: int = _PRIVATE_FILE) -> Iterator[int]:
    """Open a new file that takes the place of `path` when the block ends; where it fails nothing is left.

    Nobody can have put a link in its way: its name cannot be guessed, and it must not be there.
    """
    draft = path.with_name(f".{secrets.token_hex(8)}.tmp")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _PLAIN, mode)
    try:
        try:
            yield file
        finally:
            os.close(file)
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    file = os.open(path, flags | _PLAIN, _PRIVATE_FILE)
    try:
        if not _is_own(os.fstat(file)):
            raise PermissionError(errno.EPERM, "No plain file of this user's", str(path))
        yield file
    finally:
        os.close(file)


def _is_own(about: os.stat_result) -> bool:
    return stat.S_ISREG(about.st_mode) and (not hasattr(os, "getuid") or about.st_uid == os.getuid())
