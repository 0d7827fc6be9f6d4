from __future__ import annotations

from goflow.events import NO_USAGE, Usage

ONE = Usage(requests=1, input_tokens=10, output_tokens=2, cached_tokens=4, cost_usd=0.25)


def test_what_was_consumed_adds_up() -> None:
    assert ONE.plus(ONE) == Usage(requests=2, input_tokens=20, output_tokens=4, cached_tokens=8, cost_usd=0.5)


def test_nothing_adds_nothing_and_has_no_price_of_its_own() -> None:
    assert NO_USAGE.plus(ONE) == ONE
    assert ONE.plus(NO_USAGE) == ONE


def test_a_sum_with_an_unknown_price_has_none() -> None:
    assert ONE.plus(Usage(requests=1)).cost_usd is None
