"""The answers that runs leave for later ones: a file an answer, named by the fingerprint of what was asked.

A file that is torn, changed or somebody else's counts as not there. Nothing has to last: an answer that is
lost is asked for again, so nothing is flushed.
"""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from goflow.journal.cache_entry import Entry, decode_entry, encode_entry
from goflow.journal.cache_trim import trim

if TYPE_CHECKING:
    from goflow.planning.content import Content
    from goflow.projections.reuse import Result

ORIGIN: Final = "cache"
"""What a result from here names as its origin, in place of a run."""

SUFFIX: Final = ".json"
MOST_BYTES: Final = 64_000_000
"""A larger file is no entry."""

_READ: Final = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
)
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class Cache:
    """A user's cache folder, which any number of processes use at once."""

    def __init__(self, folder: Path, *, most_bytes: int) -> None:
        self._folder = folder
        self._most_bytes = most_bytes

    def find(self, content: Content, fingerprint: str, *, now_ms: int, ttl_ms: int | None) -> Result | None:
        """Return the answer to a content, if there is one that is no older than `ttl_ms`."""
        path = self._path(fingerprint)
        entry = decode_entry(_read(path), content)
        if entry is None or not _is_young(entry, now_ms, ttl_ms):
            return None
        with suppress(OSError):
            os.utime(path)
        return replace(entry.result, origin=ORIGIN)

    def keep(self, result: Result, fingerprint: str, *, now_ms: int) -> None:
        """Keep an answer, in place of an older one to the same; raises OSError where that cannot be done."""
        content = encode_entry(Entry(result=result, written_ms=now_ms))
        if len(content) > min(MOST_BYTES, self._most_bytes):
            return
        path = self._path(fingerprint)
        _make_private(path.parent)
        draft = path.with_name(f".{secrets.token_hex(8)}.tmp")
        try:
            _write(draft, content)
            draft.replace(path)
        except OSError:
            with suppress(OSError):
                draft.unlink()
            raise

    def trim(self) -> None:
        """Remove the answers that were not used for longest, until the rest is small enough."""
        trim(self._folder, most_bytes=self._most_bytes)

    def _path(self, fingerprint: str) -> Path:
        return self._folder / fingerprint[:2] / (fingerprint + SUFFIX)


def _is_young(entry: Entry, now_ms: int, ttl_ms: int | None) -> bool:
    """Whether an entry may still be used; of one from the future the age is not known."""
    return ttl_ms is None or 0 <= now_ms - entry.written_ms <= ttl_ms


def _read(path: Path) -> bytes | None:
    """Return what a file holds, if it is a plain file of this user's, of a size that an entry can have."""
    try:
        file = os.open(path, _READ)
    except OSError:
        return None
    try:
        return _content(file) if _can_be_entry(os.fstat(file)) else None
    except OSError:
        return None
    finally:
        os.close(file)


def _can_be_entry(about: os.stat_result) -> bool:
    is_own = not hasattr(os, "getuid") or about.st_uid == os.getuid()
    return is_own and stat.S_ISREG(about.st_mode) and about.st_size <= MOST_BYTES


def _content(file: int) -> bytes:
    with os.fdopen(file, "rb", closefd=False) as opened:
        return opened.read(MOST_BYTES)


def _make_private(folder: Path) -> None:
    """Make a folder, and all above it that are not there, for this user alone."""
    for each in (*reversed(folder.parents), folder):
        if not each.is_dir():
            each.mkdir(mode=0o700, exist_ok=True)


def _write(path: Path, content: bytes) -> None:
    file = os.open(path, _CREATE, 0o600)
    with os.fdopen(file, "wb") as opened:
        opened.write(content)
