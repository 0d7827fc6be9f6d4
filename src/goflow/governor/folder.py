"""The folder of the shared files: private, and without a key in any name or file."""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from goflow.governor.record import VERSION
from goflow.governor.shared_file import SharedFile
from goflow.journal.own_files import make_private

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.governor.limits import BucketKey

_SALT: Final = "salt"
_SALT_BYTES: Final = 32


def open_shared(folder: Path, key: BucketKey) -> SharedFile:
    """Open a bucket's file; raises OSError where that cannot be done."""
    make_private(folder)
    if folder.stat().st_mode & 0o077:  # it was there before, and others could look into it
        folder.chmod(0o700)
    return SharedFile(folder / name_of(key, _salt(folder)))


def name_of(key: BucketKey, salt: bytes) -> str:
    """Name a bucket's file by a digest, which says nothing to who does not have the salt and the key."""
    digest = hashlib.blake2b(digest_size=16, key=salt)
    for part in (key.provider, key.address, key.model, key.secret):
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "little") + encoded)
    return f"{digest.hexdigest()}.v{VERSION}"


def _salt(folder: Path) -> bytes:
    """Return the salt; whoever comes first makes it, whole or not at all."""
    path = folder / _SALT
    if not path.exists():
        _leave_salt(path)
    salt = path.read_bytes()[:_SALT_BYTES]
    if len(salt) < _SALT_BYTES:
        raise OSError(f"`{path}` is cut off")
    return salt


def _leave_salt(path: Path) -> None:
    draft = path.with_name(f".{secrets.token_hex(8)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        os.write(file, secrets.token_bytes(_SALT_BYTES))
    finally:
        os.close(file)
    try:
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
