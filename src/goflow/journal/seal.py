"""The checksum that closes a batch of lines: `,"crc":"1a2b3c4d"}` ends its last line.

It covers every byte of the batch before it. A batch without one was never finished, so readers see a batch
whole or not at all; one that does not match was changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEY: Final = b',"crc":"'
_SEAL_BYTES: Final = len(_KEY) + 8 + len(b'"}\n')


def seal(lines: Sequence[str]) -> bytes:
    """Return the bytes of a batch."""
    covered = "\n".join(lines)[:-1].encode("ascii")
    return b'%s%s%08x"}\n' % (covered, _KEY, crc32(covered))


def is_sealed(line: bytes) -> bool:
    """Tell whether a line closes a batch."""
    return line.endswith(b'"}\n') and line.startswith(_KEY, len(line) - _SEAL_BYTES)


def matches(lines: Sequence[bytes]) -> bool:
    """Tell whether the seal on the last line is that of these lines."""
    crc = 0
    for line in lines[:-1]:
        crc = crc32(line, crc)
    last = lines[-1]
    crc = crc32(memoryview(last)[:-_SEAL_BYTES], crc)
    return last[-_SEAL_BYTES + len(_KEY) : -3] == b"%08x" % crc
