"""Moments as people write them: when something was, and how long ago."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from goflow.errors import UsageError
from goflow.problems import shown

_UNITS_MS: Final = {
    "w": 7 * 86_400_000,
    "d": 86_400_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1000,
}
_AGE: Final = re.compile(
    r"(?:(\d{1,6})w)?(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?", re.ASCII
)


def since(flag: str, written: str, *, now_ms: int) -> int:
    """Return the moment that is an age ago, as in `2d` or `1d12h`, or that a date names in local time."""
    age = _AGE.fullmatch(written) if written else None
    if age is not None:
        return now_ms - sum(
            int(count) * unit for count, unit in zip(age.groups("0"), _UNITS_MS.values(), strict=True)
        )
    try:
        return int(datetime.fromisoformat(written).astimezone().timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"`{flag}` takes an age or a date, not {shown(written)}",
            help="write an age as in `30m`, `12h`, `2d` or `1w`, or a date as in `2026-03-30`",
        ) from error


def local_time(at_ms: int | None) -> str:
    """Return the local date and time, to the second; nothing for None."""
    if at_ms is None:
        return ""
    try:
        moment = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone()
    except (ValueError, OverflowError, OSError):  # a year that calendars do not have
        return "?"
    return f"{moment:%Y-%m-%d %H:%M:%S}"
