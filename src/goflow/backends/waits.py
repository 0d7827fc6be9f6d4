"""How long a provider asks us to wait, as its response headers say it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SPAN: Final = re.compile(f"({_PART.pattern})+")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds to wait: `retry-after-ms`, else `retry-after`, else when a used-up limit is reset.

    A date is measured from the response's own `date`, so that a clock that is off does not matter.
    """
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    if written := headers.get("retry-after"):
        return _number(written) if _number(written) is not None else _until(written, _sent_at(headers) or now)
    return max(_resets(headers, now), default=None)


def _number(written: str | None) -> float | None:
    try:
        number = float(written or "")
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


def _sent_at(headers: Mapping[str, str]) -> datetime | None:
    return _moment(headers.get("date", ""))


def _moment(written: str) -> datetime | None:
    """Read an HTTP date, or a moment in ISO form."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(written)
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _until(written: str, start: datetime) -> float | None:
    moment = _moment(written)
    return max(0.0, (moment - start).total_seconds()) if moment else None


def _resets(headers: Mapping[str, str], now: datetime) -> Iterator[float]:
    """Read the resets of what has nothing remaining: OpenAI's are spans (`6m0s`), Anthropic's moments."""
    for what in ("requests", "tokens", "input-tokens", "output-tokens"):
        openai = (f"x-ratelimit-remaining-{what}", f"x-ratelimit-reset-{what}")
        anthropic = (f"anthropic-ratelimit-{what}-remaining", f"anthropic-ratelimit-{what}-reset")
        for remaining, reset in (openai, anthropic):
            if (
                _number(headers.get(remaining)) == 0
                and (wait := _wait(headers.get(reset, ""), headers, now)) is not None
            ):
                yield wait


def _wait(written: str, headers: Mapping[str, str], now: datetime) -> float | None:
    if _SPAN.fullmatch(written):
        return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(written))
    return _until(written, _sent_at(headers) or now)
