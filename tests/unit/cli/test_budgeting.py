from __future__ import annotations

import pytest

from goflow.cli.budgeting import read_budget
from goflow.errors import UsageError
from goflow.workflow import Budget


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (None, None),
        ("cost_usd=0.50", Budget(cost_usd=0.5)),
        ("cost_usd=$2, tokens=200k", Budget(cost_usd=2.0, tokens=200_000)),
        ("tokens=3M,time=1h30m", Budget(tokens=3_000_000, time_s=5400.0)),
        ("time=0", Budget()),
    ],
)
def test_amounts_are_read(written: str | None, expected: Budget | None) -> None:
    assert read_budget(written) == expected


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("", "`--budget` does not know ``"),
        ("5", "`--budget` does not know `5`"),
        ("cost=5", "`--budget` does not know `cost=5`"),
        ("cost_usd=-1", "`--budget cost_usd` takes US dollars, as in `0.50`, not `-1`"),
        ("tokens=many", "`--budget tokens` takes a number, as in `200000` or `200k`, not `many`"),
        (
            "tokens=999999999999M",
            "`--budget tokens` takes a number, as in `200000` or `200k`, not `999999999999M`",
        ),
        ("time=soon", "`--budget time`: `soon` is not a duration"),
    ],
)
def test_what_is_no_amount_is_told_with_what_would_be(written: str, told: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_budget(written)
    assert raised.value.message == told
