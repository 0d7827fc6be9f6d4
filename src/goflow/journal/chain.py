"""The chain over the lines of a journal: each link's hash stands for all lines up to it.

It begins with the journal and goes on with it, so a hash that was noted down once shows later whether the
lines up to it are still the same ones.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

START: Final = "0" * 64
"""What stands before the first line."""


def link(before: str, line: bytes) -> str:
    """Return the SHA-256, in hex, of the hash before a line (its 64 letters) and the line without its end."""
    return sha256(before.encode("ascii", "replace") + line).hexdigest()
