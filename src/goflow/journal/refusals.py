"""What a file system's refusals mean to whoever runs a workflow."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from goflow.errors import RunFolderError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

REASONS: Final[Mapping[int, tuple[str, str]]] = {
    errno.ENOSPC: ("no space is left", "free some space"),
    errno.EDQUOT: ("the disk quota is used up", "free some space"),
    errno.EFBIG: ("it would grow beyond the size that files may have", "raise the limit (`ulimit -f`)"),
    errno.EROFS: ("its file system is read-only", "make it writable"),
    errno.EACCES: ("permission denied", "allow yourself to write there"),
    errno.EPERM: ("the system does not permit it", "allow yourself to write there"),
    errno.ENOENT: ("its folder is gone", "put it back"),
    errno.EIO: ("the disk reports an error", "check the disk"),
    errno.EMFILE: ("too many files are open", "raise the limit (`ulimit -n`)"),
}


def explain(error: OSError) -> tuple[str, str]:
    """Return a plain reason, and what to do about it."""
    reason = (error.strerror or str(error) or type(error).__name__).lower()
    return REASONS.get(error.errno or 0, (reason, "see to it"))


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn a refusal to read `path` into `RunFolderError`, with the way on."""
    try:
        yield
    except OSError as error:
        reason, remedy = explain(error)
        raise RunFolderError(f"`{path}` cannot be read: {reason}", help=remedy) from error


@contextmanager
def storage(folder: Path, path: Path) -> Iterator[None]:
    """Turn a refusal to write `path` in a run's folder into `RunFolderError`, with the way on."""
    try:
        yield
    except OSError as error:
        reason, remedy = explain(error)
        way_on = f"{remedy}, then `goflow resume {folder}`"
        raise RunFolderError(f"`{path}` cannot be written: {reason}", help=way_on) from error
