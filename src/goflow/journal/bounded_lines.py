"""Reading lines of a file that may hold anything."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST: Final = 256 * 1024 * 1024
"""How many bytes a line may have: the largest file that a run takes, each byte of it escaped, and more."""

_PIECE: Final = 1024 * 1024
TOO_LONG: Final = b""
"""Stands for a line that has more."""


def bounded_lines(file: IO[bytes], longest: int = LONGEST) -> Iterator[bytes]:
    """Yield the lines with their ends, and `TOO_LONG` in place of one that is; the last may have no end."""
    while line := file.readline(longest + 1):
        if len(line) <= longest:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(_PIECE)
        yield TOO_LONG
