"""Milliseconds since 1970 and the ISO 8601 text that stands for them in a line."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{3})Z", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)


def now_ms() -> int:
    """Return the time of day."""
    return time.time_ns() // 1_000_000


def show_moment(at_ms: int) -> str:
    """Return a time as `2026-11-23T16:02:11.034Z`; years 1 to 9999 can be shown."""
    second, ms = divmod(at_ms, 1000)
    return f"{_show_second(second)}.{ms:03d}Z"


def read_moment(text: str) -> int:
    """Return the time that `show_moment` has shown; raise ValueError for any other text."""
    shown = _MOMENT.fullmatch(text)
    try:
        if shown is not None:
            return _read_second(shown[1]) * 1000 + int(shown[2])
    except ValueError:
        """There is no such day or hour."""
    message = f"`{text[:40]}` is no time such as `2026-11-23T16:02:11.034Z`"
    raise ValueError(message)


# Events come in bursts, so most of them share their second with the one before.
@lru_cache(maxsize=8)
def _show_second(second: int) -> str:
    return (_EPOCH + second * _SECOND).isoformat()[:19]


@lru_cache(maxsize=8)
def _read_second(text: str) -> int:
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - _EPOCH) // _SECOND
