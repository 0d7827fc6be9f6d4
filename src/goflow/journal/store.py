"""Files that are named by the SHA-256 of their bytes: long texts of events, and the sources of a run."""

from __future__ import annotations

import hashlib
import re
import stat
from typing import TYPE_CHECKING, Final

from goflow.errors import JournalCorrupt
from goflow.journal.files import DISK, Files, ensure_folder, write_durably

if TYPE_CHECKING:
    from pathlib import Path

_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


class DigestStore:
    """A folder of such files; what was put is durable after `sync`."""

    def __init__(self, folder: Path, files: Files = DISK) -> None:
        self._folder = folder
        self._files = files
        self._durable: set[str] = set()
        self._fresh: set[str] = set()

    def put(self, content: bytes) -> str:
        """Keep the bytes and return their digest; raise OSError as the system does."""
        digest = digest_of(content)
        if digest not in self._durable and digest not in self._fresh:
            ensure_folder(self._files, self._folder)
            write_durably(self._files, self._folder / digest, content)
            self._fresh.add(digest)
        return digest

    def sync(self) -> None:
        """Make the names of all that was put durable."""
        if self._fresh:
            self._files.sync_folder(self._folder)
            self._durable |= self._fresh
            self._fresh.clear()

    def get(self, digest: str) -> bytes:
        """Return the bytes; raise `JournalCorrupt` where they are missing or no longer what they were."""
        path = self._folder / digest
        if not _DIGEST.fullmatch(digest):
            raise JournalCorrupt(f"`{digest[:80]}` is no SHA-256 digest")
        try:
            if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
                raise JournalCorrupt(f"`{path}` is no file")
            content = path.read_bytes()
        except OSError as error:
            reason = "is missing" if isinstance(error, FileNotFoundError) else "cannot be read"
            raise JournalCorrupt(f"`{path}` {reason}") from error
        if digest_of(content) != digest:
            raise JournalCorrupt(f"`{path}` has been changed: its bytes do not match its name")
        return content


def digest_of(content: bytes) -> str:
    """Return the SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()
