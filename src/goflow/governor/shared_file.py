"""A bucket's state in a file that any number of processes use at once, each of which may die at any point.

The file has two places for a record, which are written in turn: a record that was cut off is found out by its
checksum, and the one before it holds. A process says in it how many calls it has in flight; those of one
that is gone are free again. A lock of the system's keeps the others out meanwhile, and goes with its process.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from goflow.governor.file_lock import lock, unlock
from goflow.governor.holders import Holder, this_process
from goflow.governor.record import LENGTH, MOST_HOLDERS, Record, decode, encode, turn_of
from goflow.governor.state import State

if TYPE_CHECKING:
    from pathlib import Path

_FLAGS: Final = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_LOOK_AGAIN_S: Final = 0.5
"""How often it is looked whether the other processes still live."""


class SharedFile:
    """One bucket's file; raises OSError where it cannot be used."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, _FLAGS, 0o600)
        if not stat.S_ISREG(os.fstat(self._file).st_mode):
            os.close(self._file)
            raise OSError(f"`{path}` is no file")
        self._process = this_process()
        self._record = Record(0, State(), [])
        self._mine = self._join()
        self._written = b""
        self._before = 0.0
        self._looked_at = 0.0

    def begin(self, now: float) -> State | None:
        """Lock the file and read it."""
        if not lock(self._file):
            return None
        try:
            self._load()
            self._drop_gone(now)
        except BaseException:
            unlock(self._file)
            raise
        self._before = self._record.state.counts.in_flight
        return self._record.state

    def end(self, now: float) -> None:
        """Write what was changed in place of the older of both records, and unlock."""
        try:
            self._note_mine(now)
            self._record.turn += 1
            self._written = encode(self._record)
            self._write(self._written, LENGTH * (self._record.turn % 2))
        finally:
            unlock(self._file)

    def others_in_flight(self) -> float:
        """Return what other processes had in flight."""
        return sum(each.in_flight for each in self._record.holders if each is not self._mine)

    def close(self) -> None:
        """Close the file; what this process has in flight is free once it is gone."""
        os.close(self._file)

    def _load(self) -> None:
        """Read the later record that is whole, unless it is what was written here last."""
        content = self._read()
        later, earlier = (0, LENGTH) if turn_of(content) > turn_of(content, LENGTH) else (LENGTH, 0)
        if self._written and content.startswith(self._written, later):
            return
        self._record = decode(content, later) or decode(content, earlier) or Record(0, State(), [])
        self._mine = self._find_mine() or self._join()

    def _drop_gone(self, now: float) -> None:
        if abs(now - self._looked_at) < _LOOK_AGAIN_S:
            return
        self._looked_at = now
        holders = self._record.holders
        here = self._process.realm
        self._record.holders = [each for each in holders if each is self._mine or not each.is_gone(here, now)]
        in_flight = sum(each.in_flight for each in self._record.holders)
        self._record.state.counts.in_flight = float(in_flight)

    def _note_mine(self, now: float) -> None:
        """Say what this process has in flight: as many as it had, and what was changed since `begin`."""
        mine, holders = self._mine, self._record.holders
        mine.in_flight = max(0, mine.in_flight + round(self._record.state.counts.in_flight - self._before))
        mine.said_at = now
        while len(holders) > MOST_HOLDERS:
            holders.remove(min(holders, key=lambda each: (each.in_flight, each.said_at)))

    def _find_mine(self) -> Holder | None:
        process = self._process
        for each in self._record.holders:
            if (each.pid, each.started, each.realm) == (process.pid, process.started, process.realm):
                return each
        return None

    def _join(self) -> Holder:
        process = self._process
        mine = Holder(process.realm, process.pid, process.started, 0, self._record.state.counts.seen_at)
        self._record.holders.append(mine)
        return mine

    if hasattr(os, "pread"):

        def _read(self) -> bytes:
            return os.pread(self._file, 2 * LENGTH, 0)

        def _write(self, content: bytes, start: int) -> None:
            os.pwrite(self._file, content, start)

    else:

        def _read(self) -> bytes:
            os.lseek(self._file, 0, os.SEEK_SET)
            return os.read(self._file, 2 * LENGTH)

        def _write(self, content: bytes, start: int) -> None:
            os.lseek(self._file, start, os.SEEK_SET)
            os.write(self._file, content)
