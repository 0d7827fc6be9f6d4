from __future__ import annotations

from datetime import UTC, datetime

import pytest

from goflow.governor.headers import read_limits, retry_after_s
from goflow.governor.limits import LimitsTold, QuotaTold

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_requests_and_tokens_are_read_as_openai_writes_them() -> None:
    headers = {
        "x-ratelimit-limit-requests": "500",
        "x-ratelimit-remaining-requests": "499",
        "x-ratelimit-reset-requests": "120ms",
        "x-ratelimit-limit-tokens": "30000",
        "x-ratelimit-remaining-tokens": "27000",
        "x-ratelimit-reset-tokens": "6m0s",
    }

    assert read_limits(headers, NOW) == LimitsTold(
        requests=QuotaTold(limit=500, remaining=499, reset_s=0.12),
        tokens=QuotaTold(limit=30_000, remaining=27_000, reset_s=360),
    )


def test_requests_and_input_tokens_are_read_as_anthropic_writes_them() -> None:
    headers = {
        "date": "Thu, 01 Jan 2026 00:00:10 GMT",
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "49",
        "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:11Z",
        "anthropic-ratelimit-tokens-limit": "8000",
        "anthropic-ratelimit-tokens-remaining": "8000",
        "anthropic-ratelimit-tokens-reset": "2026-01-01T00:00:10Z",
        "anthropic-ratelimit-input-tokens-limit": "40000",
        "anthropic-ratelimit-input-tokens-remaining": "39000",
        "anthropic-ratelimit-input-tokens-reset": "2026-01-01T00:00:12Z",
    }

    assert read_limits(headers, NOW) == LimitsTold(
        requests=QuotaTold(limit=50, remaining=49, reset_s=1),
        tokens=QuotaTold(limit=40_000, remaining=39_000, reset_s=2),
    )


@pytest.mark.parametrize("form", ["ratelimit-", "x-ratelimit-"])
@pytest.mark.parametrize("reset", ["7", "7s", "1767225607", "1767225607000", "2026-01-01T00:00:07Z"])
def test_one_limit_without_a_kind_is_one_of_requests(form: str, reset: str) -> None:
    headers = {f"{form}limit": "100, 100;w=60", f"{form}remaining": "3", f"{form}reset": reset}

    assert read_limits(headers, NOW) == LimitsTold(requests=QuotaTold(limit=100, remaining=3, reset_s=7))


@pytest.mark.parametrize(
    ("name", "written"),
    [("limit", "0"), ("limit", "many"), ("remaining", "-1"), ("reset", "soon"), ("reset", None)],
)
def test_a_limit_of_which_a_part_cannot_be_read_is_none(name: str, written: str | None) -> None:
    told = {"limit": "10", "remaining": "5", "reset": "1s"} | ({name: written} if written else {})
    headers = {f"x-ratelimit-{part}-requests": word for part, word in told.items()}
    if written is None:
        del headers[f"x-ratelimit-{name}-requests"]

    assert read_limits(headers, NOW) == LimitsTold()


def test_more_than_all_is_never_left() -> None:
    headers = {"ratelimit-limit": "10", "ratelimit-remaining": "11", "ratelimit-reset": "1"}

    told = read_limits(headers, NOW).requests

    assert told is not None
    assert told.remaining == 10


MONTH_S = 31 * 86_400


@pytest.mark.parametrize("written", ["99999999999999", "9" * 30, "9" * 400 + "s", "9999-12-31T00:00:00Z"])
def test_no_wait_is_longer_than_a_month(written: str) -> None:
    headers = {"ratelimit-limit": "20", "ratelimit-remaining": "0", "ratelimit-reset": written}

    told = read_limits(headers, NOW).requests

    assert told is not None
    assert told.reset_s == MONTH_S


@pytest.mark.parametrize(
    ("name", "written", "waited_s"),
    [
        ("retry-after", "5", 5),
        ("retry-after", "99999999999999", MONTH_S),
        ("retry-after", "9" * 30, MONTH_S),
        ("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT", MONTH_S),
        ("retry-after", "9" * 400, None),
        ("retry-after", "Fri, 99 Dec 99999999999999999999 23:59:59 GMT", None),
        ("retry-after-ms", "250", 0.25),
        ("retry-after-ms", "9" * 30, MONTH_S),
    ],
)
def test_what_is_asked_for_is_read(name: str, written: str, waited_s: float | None) -> None:
    assert retry_after_s({name: written}, NOW) == waited_s
