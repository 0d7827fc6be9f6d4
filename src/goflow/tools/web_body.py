"""The body of an answer: as much of it as a page needs, however long or well packed it is."""

from __future__ import annotations

import zlib
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from goflow.tools.base import ToolError
from goflow.values import dataclass

if TYPE_CHECKING:
    import httpx2

MOST_BODY_BYTES: Final = 2_000_000
"""How much of a page is read, packed and unpacked; what comes after is not asked for."""
ENCODINGS: Final = "gzip"
"""The one packing that is asked for: it can be unpacked piece by piece, with a bound."""
_GZIP: Final = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The beginning of a body."""

    data: bytes = b""
    is_cut: bool = False
    """Whether there was more of it."""


async def read_body(response: httpx2.Response, most: int = MOST_BODY_BYTES) -> Body:
    """Read a body up to a bound, beyond which nothing is received or unpacked."""
    unpacking = _unpacking(response.headers.get("content-encoding", ""))
    data, received = bytearray(), 0
    async with aclosing(response.aiter_raw()) as pieces:
        async for piece in pieces:
            received += len(piece)
            data += unpacking.take(piece, most + 1 - len(data)) if unpacking else piece
            if max(len(data), received) > most:
                return Body(data=bytes(data[:most]), is_cut=True)
    return Body(data=bytes(data))


def _unpacking(encoding: str) -> Unpacking | None:
    match encoding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip":
            return Unpacking()
        case other:
            raise ToolError(f"the answer is packed as `{other[:40]}`: expected `{ENCODINGS}`, or not packed")


class Unpacking:
    """Unpacks members of gzip, one after another; what follows the last of them is left out."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)

    def take(self, piece: bytes, most: int) -> bytes:
        """Return what a piece holds, at most so many bytes of it."""
        data = bytearray()
        while piece and len(data) < most:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP)
            try:
                data += self._member.decompress(piece, most - len(data))
            except zlib.error as error:
                raise ToolError(
                    f"the answer says that it is packed as `gzip`, and is not: {error}"
                ) from error
            piece = self._member.unconsumed_tail or self._member.unused_data
        return bytes(data)
