"""Which processes hold calls in flight, and which of those are gone."""

from __future__ import annotations

import os
import platform
import sys
import zlib
from pathlib import Path
from typing import Final

from goflow.values import dataclass

LEASE_S: Final = 1200.0
"""A process of another machine or container, which cannot be looked for, is gone after such a silence."""

_STARTED: Final = 19
"""The place of the start among what `/proc` tells of a process, counted from its status on."""

_LIVING_FOR_S: Final = 86_400.0
"""A process that lives but has said nothing for so long holds nothing any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process: where it runs, its number there, and when it started, as numbers are used again."""

    realm: int
    pid: int
    started: int


@dataclass(slots=True)
class Holder:
    """How many calls a process has in flight, and when it last said so."""

    realm: int
    pid: int
    started: int
    in_flight: int
    said_at: float

    def is_gone(self, here: int, now: float) -> bool:
        """Tell whether what it held is free again."""
        silent_s = now - self.said_at
        if self.realm != here or sys.platform == "win32":
            return silent_s > LEASE_S
        return silent_s > _LIVING_FOR_S or _start_of(self.pid) != self.started


def this_process() -> Process:
    """Return what identifies this process among those that may use the same file."""
    pid = os.getpid()
    return Process(realm=_realm(), pid=pid, started=max(0, _start_of(pid)))


def _realm() -> int:
    """Return a number for the boot and the container, within which process numbers mean something."""
    words = [platform.node(), _read("/proc/sys/kernel/random/boot_id"), _link("/proc/self/ns/pid")]
    return zlib.crc32(" ".join(words).encode())


def _start_of(pid: int) -> int:
    """Return when a process started, in the system's ticks; -1 if there is none, 0 if that is not told."""
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    if len(fields) > _STARTED:
        return -1 if fields[0] == "Z" else int(fields[_STARTED])
    return 0 if _is_alive(pid) else -1


def _is_alive(pid: int) -> bool:
    if sys.platform == "win32":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _link(path: str) -> str:
    try:
        return str(Path(path).readlink())
    except OSError:
        return ""
