"""The answers that runs leave for later ones: a file an answer, named by the fingerprint of what was asked.

A file that is torn, changed or somebody else's counts as not there. Nothing has to last: an answer that is
lost is asked for again, so nothing is flushed.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from goflow.journal.cache_entry import Entry, decode_entry, encode_entry
from goflow.journal.cache_trim import trim
from goflow.journal.own_files import make_private, read_own, replace_own

if TYPE_CHECKING:
    from goflow.planning.content import Content
    from goflow.projections.reuse import Result

ORIGIN: Final = "cache"
"""What a result from here names as its origin, in place of a run."""

SUFFIX: Final = ".json"
MOST_BYTES: Final = 64_000_000
"""A larger file is no entry."""


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
        make_private(path.parent)
        replace_own(path, content)

    def trim(self) -> None:
        """Remove the answers that were not used for longest, until the rest is small enough."""
        trim(self._folder, most_bytes=self._most_bytes)

    def _path(self, fingerprint: str) -> Path:
        return self._folder / fingerprint[:2] / (fingerprint + SUFFIX)


def _is_young(entry: Entry, now_ms: int, ttl_ms: int | None) -> bool:
    """Whether an entry may still be used; of one from the future the age is not known."""
    return ttl_ms is None or 0 <= now_ms - entry.written_ms <= ttl_ms


def _read(path: Path) -> bytes | None:
    """Return what a file holds; None where it is none of this user's, or larger than an entry can be."""
    try:
        content = read_own(path, MOST_BYTES + 1)
    except OSError:
        return None
    return content if len(content) <= MOST_BYTES else None
