from __future__ import annotations

from datetime import UTC, datetime

import pytest

from goflow.governor.headers import retry_after_s

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"retry-after": "Thu, 01 Jan 2026 00:01:00 GMT"}, 60.0),
        ({"retry-after": "Wed, 31 Dec 2025 00:00:00 GMT"}, 0.0),
        ({"retry-after": "2026-01-01T00:00:07Z"}, 7.0),
    ],
)
def test_seconds_milliseconds_and_dates_say_how_long_to_wait(headers: dict[str, str], seconds: float) -> None:
    assert retry_after_s(headers, NOW) == seconds


def test_a_date_is_measured_from_the_responses_own_date() -> None:
    headers = {"retry-after": "Thu, 01 Jan 2026 05:00:09 GMT", "date": "Thu, 01 Jan 2026 05:00:00 GMT"}

    assert retry_after_s(headers, NOW) == 9.0


@pytest.mark.parametrize("written", ["soon", "-3", "inf", "nan", ""])
def test_what_cannot_be_read_says_nothing(written: str) -> None:
    assert retry_after_s({"retry-after": written}, NOW) is None


@pytest.mark.parametrize(("written", "seconds"), [("6m0s", 360.0), ("250ms", 0.25), ("1h0.5s", 3600.5)])
def test_without_retry_after_the_used_up_limit_says_when_it_is_reset(written: str, seconds: float) -> None:
    headers = {
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": written,
        "x-ratelimit-remaining-tokens": "900",
        "x-ratelimit-reset-tokens": "9h",
    }

    assert retry_after_s(headers, NOW) == seconds


def test_of_two_used_up_limits_the_later_reset_counts() -> None:
    headers = {
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:20Z",
        "anthropic-ratelimit-input-tokens-remaining": "0",
        "anthropic-ratelimit-input-tokens-reset": "2026-01-01T00:00:45Z",
    }

    assert retry_after_s(headers, NOW) == 45.0


def test_retry_after_comes_before_the_resets() -> None:
    headers = {"retry-after": "1", "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1m"}

    assert retry_after_s(headers, NOW) == 1.0


def test_no_header_says_nothing() -> None:
    assert retry_after_s({}, NOW) is None
