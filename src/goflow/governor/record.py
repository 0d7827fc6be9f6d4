"""A bucket's state as bytes: with a checksum, so that one that was not written to its end is found out."""

from __future__ import annotations

import struct
import zlib
from typing import Final

from goflow.governor.holders import Holder
from goflow.governor.state import SIZE, State, from_numbers, to_numbers
from goflow.values import dataclass

VERSION: Final = 1
LENGTH: Final = 4096

_HEAD: Final = struct.Struct("<4sBxHIQ")
_STATE: Final = struct.Struct(f"<{SIZE}d")
_HOLDER: Final = struct.Struct("<IIQId")
_MAGIC: Final = b"gflm"
_CHECKED_FROM: Final = 12
"""What follows the checksum, its own place in time included."""

_SHORTEST: Final = _HEAD.size + _STATE.size
MOST_HOLDERS: Final = (LENGTH - _SHORTEST) // _HOLDER.size


@dataclass(slots=True)
class Record:
    """The state, who holds calls in flight, and how many records were written before."""

    turn: int
    state: State
    holders: list[Holder]


def encode(record: Record) -> bytes:
    """Write a record; it has room for so many holders as `MOST_HOLDERS` says."""
    body = _STATE.pack(*to_numbers(record.state)) + b"".join(
        _HOLDER.pack(each.realm, each.pid, each.started, each.in_flight, each.said_at)
        for each in record.holders
    )
    turn = record.turn.to_bytes(8, "little")
    checksum = zlib.crc32(body, zlib.crc32(turn))
    return _HEAD.pack(_MAGIC, VERSION, len(record.holders), checksum, record.turn) + body


def turn_of(content: bytes, start: int = 0) -> int:
    """Return the turn that a record claims to be of; -1 if it is none."""
    if len(content) < start + _SHORTEST:
        return -1
    magic, version, _, _, turn = _HEAD.unpack_from(content, start)
    return int(turn) if magic == _MAGIC and version == VERSION else -1


def decode(content: bytes, start: int = 0) -> Record | None:
    """Read a record; None if it is not whole."""
    if len(content) < start + _SHORTEST:
        return None
    magic, version, count, checksum, turn = _HEAD.unpack_from(content, start)
    end = start + _SHORTEST + count * _HOLDER.size
    if magic != _MAGIC or version != VERSION or end > len(content):
        return None
    if zlib.crc32(memoryview(content)[start + _CHECKED_FROM : end]) != checksum:
        return None
    holders = _HOLDER.iter_unpack(content[start + _SHORTEST : end])
    state = from_numbers(_STATE.unpack_from(content, start + _HEAD.size))
    return Record(turn, state, [Holder(*fields) for fields in holders])
