"""A lock on a file that goes with its process, however that ends; nobody waits long for it."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from typing import Final

_PATIENCE_S: Final = 0.05
_NAP_S: Final = 0.00002
_TRIES: Final = 30

if sys.platform == "win32":
    import msvcrt

    _LOCKED_BYTE: Final = 1 << 30

    def _try_lock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def unlock(descriptor: int) -> None:
        """Let others have the lock."""
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        with suppress(OSError):
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

    def _give_way() -> None:
        time.sleep(0)

else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def unlock(descriptor: int) -> None:
        """Let others have the lock."""
        fcntl.flock(descriptor, fcntl.LOCK_UN)

    _give_way = os.sched_yield


def lock(descriptor: int) -> bool:
    """Take the lock; False if a process holds it that does not go on, or it cannot be locked at all.

    A holder needs some ten microseconds, unless it is stopped or has to share its processor just then.
    """
    for _ in range(_TRIES):
        if _is_locked_now(descriptor):
            return True
        _give_way()
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        time.sleep(_NAP_S)
        if _is_locked_now(descriptor):
            return True
    return False


def _is_locked_now(descriptor: int) -> bool:
    try:
        _try_lock(descriptor)
    except (BlockingIOError, PermissionError):
        return False
    return True
