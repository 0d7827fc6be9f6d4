"""Numbers of tokens as they are written: `200000`, `200k`, `3M`."""

from __future__ import annotations

import re
from typing import Final

_WRITTEN: Final = re.compile(r"([0-9]{1,12})([kM]?)")
_TIMES: Final = {"": 1, "k": 1000, "M": 1_000_000}
_MOST: Final = 2**53


def parse_tokens(written: str) -> int | None:
    """Return a number of tokens; None for what is none."""
    found = _WRITTEN.fullmatch(written)
    if found is None:
        return None
    count = int(found[1]) * _TIMES[found[2]]
    return count if count < _MOST else None
