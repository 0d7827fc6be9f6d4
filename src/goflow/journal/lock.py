"""One owner a run folder: a lock of the system's, which goes with its process, however that ends."""

from __future__ import annotations

import json
import os
import platform
import sys
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Final

from goflow.errors import RunFolderError, RunLocked
from goflow.journal.refusals import explain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME: Final = "lock"
_LONGEST_NOTE: Final = 4096
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)

if sys.platform == "win32":
    import msvcrt

    # Far behind the note, which others must be able to read while the byte is locked.
    _LOCKED_BYTE: Final = 1 << 30

    def _try_lock(file: IO[bytes]) -> None:
        file.seek(_LOCKED_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def hold(run_folder: Path, run_id: str) -> Iterator[None]:
    """Hold the run's lock; raise `RunLocked` that names the process which holds it.

    The owner's name stays in the file, where it means nothing without the lock.
    """
    path = run_folder / NAME
    try:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o600), "r+b", buffering=0)
    except OSError as error:
        reason, remedy = explain(error)
        raise RunFolderError(f"`{path}` cannot be written: {reason}", help=remedy) from error
    with file:
        try:
            _try_lock(file)
        except OSError as error:
            raise _locked(path, run_id, error) from error
        _note_owner(file)
        yield


def is_owned(run_folder: Path) -> bool:
    """Tell whether a living process holds the run's lock; where that cannot be known, one may."""
    try:
        with (run_folder / NAME).open("r+b") as file:
            _try_lock(file)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _note_owner(file: IO[bytes]) -> None:
    note = {"pid": os.getpid(), "host": platform.node()}
    with suppress(OSError):  # a full disk is no reason not to own the run; the note is for messages alone
        file.seek(0)
        file.truncate()
        file.write(json.dumps(note).encode())


def _locked(path: Path, run_id: str, error: OSError) -> RunLocked | RunFolderError:
    if not isinstance(error, BlockingIOError | PermissionError):
        reason, remedy = explain(error)
        return RunFolderError(f"`{path}` cannot be locked: {reason}", help=remedy)
    ways = f"wait until it has ended, or stop it with `goflow cancel {run_id}`"
    return RunLocked(f"run `{run_id}` is owned by {_owner(path)}", help=ways)


def _owner(path: Path) -> str:
    try:
        with path.open("rb") as file:
            note = json.loads(file.read(_LONGEST_NOTE))
        return f"process {int(note['pid'])} on host `{note['host']}`"
    except (OSError, ValueError, LookupError, TypeError):
        return "another process"
