"""What a response's headers say of a provider's limits, and of how long to wait."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from goflow.governor.limits import NOTHING_TOLD, LimitsTold, QuotaTold

_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SPAN: Final = re.compile(f"({_PART.pattern})+")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LARGEST: Final = 1e15
_SINCE_1970_S: Final = 1e9
"""A larger number of seconds is a moment."""
_SINCE_1970_MS: Final = 1e12
"""A larger one is a moment in milliseconds."""
_LONGEST_S: Final = 31 * 86_400.0
"""A longer wait is a mistake, or a trap: nothing is to wait for ever."""

_USED_UP: Final = ("requests", "tokens", "input-tokens", "output-tokens")
_REQUESTS: Final = ("requests",)
_TOKENS: Final = ("input-tokens", "tokens")
"""Anthropic's `tokens` is whichever of its limits is tightest, which may be that of output."""

_PLAIN: Final = ("x-ratelimit-{}", "ratelimit-{}")
"""Names of providers that count requests alone."""


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds to wait: `retry-after-ms`, else `retry-after`, else when a used-up limit is reset.

    A date is measured from the response's own `date`, so that a clock that is off does not matter. Nothing is
    longer than a month.
    """
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return min(milliseconds / 1000, _LONGEST_S)
    if written := headers.get("retry-after"):
        seconds = _number(written)
        return _until(written, _sent_at(headers) or now) if seconds is None else min(seconds, _LONGEST_S)
    return max(_resets(headers, now), default=None)


def read_limits(headers: Mapping[str, str], now: datetime) -> LimitsTold:
    """Read the limits on requests and tokens that a response tells, in the ways of OpenAI and Anthropic."""
    if not any("ratelimit" in name for name in headers):
        return NOTHING_TOLD
    requests = _first_quota(headers, now, _REQUESTS) or _plain_quota(headers, now)
    return LimitsTold(requests=requests, tokens=_first_quota(headers, now, _TOKENS))


def _first_quota(headers: Mapping[str, str], now: datetime, kinds: tuple[str, ...]) -> QuotaTold | None:
    for kind in kinds:
        for limit, remaining, reset in (_names_of(kind, "x-ratelimit"), _names_of(kind, "anthropic")):
            if quota := _quota(headers.get(limit), headers.get(remaining), _wait(headers, reset, now)):
                return quota
    return None


def _plain_quota(headers: Mapping[str, str], now: datetime) -> QuotaTold | None:
    for form in _PLAIN:
        reset_s = _wait(headers, form.format("reset"), now)
        limit, remaining = headers.get(form.format("limit")), headers.get(form.format("remaining"))
        if quota := _quota(limit, remaining, reset_s):
            return quota
    return None


def _quota(limit: str | None, remaining: str | None, reset_s: float | None) -> QuotaTold | None:
    most, left = _number((limit or "").partition(",")[0]), _number(remaining)
    if not most or left is None or reset_s is None or most > _LARGEST:
        return None
    return QuotaTold(limit=most, remaining=min(left, most), reset_s=reset_s)


def _names_of(kind: str, family: str) -> tuple[str, str, str]:
    if family == "anthropic":
        start = f"anthropic-ratelimit-{kind}"
        return f"{start}-limit", f"{start}-remaining", f"{start}-reset"
    return f"x-ratelimit-limit-{kind}", f"x-ratelimit-remaining-{kind}", f"x-ratelimit-reset-{kind}"


def _number(written: str | None) -> float | None:
    try:
        number = float(written or "")
    except ValueError:
        return None
    return number if 0 <= number < math.inf else None


def _sent_at(headers: Mapping[str, str]) -> datetime | None:
    return _moment(headers.get("date", ""))


def _moment(written: str) -> datetime | None:
    """Read an HTTP date, or a moment in ISO form."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(written)
        except (ValueError, OverflowError):
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _until(written: str, start: datetime) -> float | None:
    moment = _moment(written)
    return min(max(0.0, (moment - start).total_seconds()), _LONGEST_S) if moment else None


def _resets(headers: Mapping[str, str], now: datetime) -> Iterator[float]:
    """Read the resets of what has nothing remaining: OpenAI's are spans (`6m0s`), Anthropic's moments."""
    for kind in _USED_UP:
        for _, remaining, reset in (_names_of(kind, "x-ratelimit"), _names_of(kind, "anthropic")):
            wait_s = _wait(headers, reset, now)
            if _number(headers.get(remaining)) == 0 and wait_s is not None:
                yield wait_s


def _wait(headers: Mapping[str, str], name: str, now: datetime) -> float | None:
    """Read a span, seconds, the second or millisecond since 1970, or a moment; no more than a month."""
    written = headers.get(name)
    if not written:
        return None
    start = _sent_at(headers) or now
    if _SPAN.fullmatch(written):
        wait_s = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(written))
    elif (number := _number(written)) is None:
        return _until(written, start)
    elif number < _SINCE_1970_S:
        wait_s = number
    else:
        moment_s = number if number < _SINCE_1970_MS else number / 1000
        wait_s = max(0.0, moment_s - start.timestamp())
    return min(wait_s, _LONGEST_S)
