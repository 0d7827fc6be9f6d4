"""One owner a run folder: a lock of the system's, which goes with its process, however that ends."""

from __future__ import annotations

import json
import os
import platform
import struct
import sys
import time
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
_NO_WAIT: Final = getattr(os, "O_NONBLOCK", 0)
_PAUSE_S: Final = 0.001

if sys.platform == "win32":
    import msvcrt

    # Far behind the note, which others must be able to read while the byte is locked.
    _LOCKED_BYTE: Final = 1 << 30
    _LONGEST_LOOK_S: Final = 0.1
    """Whoever looks locks it too, and cannot be told from an owner: all are waited for, this long."""

    def _try_to_own(file: IO[bytes]) -> None:
        file.seek(_LOCKED_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _is_held(file: IO[bytes]) -> bool:
        try:
            _try_to_own(file)
        except PermissionError:
            return True
        return False

    def _is_another_owner(file: IO[bytes]) -> bool:
        return False

else:
    import fcntl

    _LONGEST_LOOK_S: Final = 10.0
    """Only where looking takes the lock for a moment, shared with all who look."""

    def _try_to_own(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if sys.platform == "linux":
            with suppress(OSError):  # some file systems know no such locks: then nobody can ask for it either
                fcntl.fcntl(file, fcntl.F_OFD_SETLK, _WHOLE_FILE)

    def _is_held(file: IO[bytes]) -> bool:
        if sys.platform == "linux":
            with suppress(OSError):
                found = fcntl.fcntl(file, fcntl.F_OFD_GETLK, _WHOLE_FILE)
                return bool(struct.unpack_from("h", found)[0] != fcntl.F_UNLCK)
        return _is_another_owner(file)

    def _is_another_owner(file: IO[bytes]) -> bool:
        """Tell an owner from somebody who looks, who is no reason not to own the run."""
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(file, fcntl.LOCK_UN)
        return False

    _WHOLE_FILE: Final = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    """A lock beside the first one, for Linux can tell of it without taking it."""


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
            _own(file)
        except OSError as error:
            raise _locked(path, run_id, error) from error
        _note_owner(file)
        yield


def is_owned(run_folder: Path, *, unless_known: bool = True) -> bool:
    """Tell whether a living process holds the run's lock; where that cannot be known, one may.

    `unless_known` is what is told then: whoever goes on to take the lock finds out. It keeps nobody from
    owning the run.
    """
    try:
        with os.fdopen(os.open(run_folder / NAME, os.O_RDONLY | _NO_WAIT | _NO_LINK), "rb") as file:
            return _is_held(file)
    except FileNotFoundError:
        return False
    except OSError:
        return unless_known


def _own(file: IO[bytes]) -> None:
    """Lock it; raise OSError where somebody owns it, and wait while others look whether somebody does."""
    deadline = time.monotonic() + _LONGEST_LOOK_S
    while True:
        try:
            _try_to_own(file)
        except (BlockingIOError, PermissionError):
            if _is_another_owner(file) or time.monotonic() > deadline:
                raise
        else:
            return
        time.sleep(_PAUSE_S)


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
