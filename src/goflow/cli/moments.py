"""Moments as people write them: when something was, and how long ago."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from goflow.errors import UsageError
from goflow.problems import shown

_UNITS_S: Final = (604_800, 86_400, 3600, 60, 1)
_AGE: Final = re.compile(
    r"(?:(\d{1,6})w)?(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?", re.ASCII
)


def age_s(written: str) -> int | None:
    """Return the seconds of an age such as `2d` or `1d12h`, longest unit first; None for what is none."""
    age = _AGE.fullmatch(written) if written else None
    if age is None:
        return None
    return sum(int(count) * unit for count, unit in zip(age.groups("0"), _UNITS_S, strict=True))


def since(flag: str, written: str, *, now_ms: int) -> int:
    """Return the moment that is an age ago, as in `2d` or `1d12h`, or that a date names in local time."""
    age = age_s(written)
    if age is not None:
        return now_ms - 1000 * age
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
