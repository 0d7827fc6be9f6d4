"""How money is written where it is a bound."""

from __future__ import annotations

import pytest

from goflow.projections.quantities import at_least_usd, at_most_usd, plain_usd


@pytest.mark.parametrize(
    ("usd", "written"),
    [(0.5, "0.5"), (2, "2"), (1e-7, "0.0000001"), (123456789.25, "123456789.25"), (0, "0")],
)
def test_an_amount_is_written_as_flags_take_it(usd: float, written: str) -> None:
    assert plain_usd(usd) == written


def test_what_is_needed_is_rounded_up_and_what_is_left_down() -> None:
    assert (at_least_usd(0.00821), at_least_usd(0.0082), at_least_usd(0.1 + 0.2)) == (0.0083, 0.0082, 0.3)
    assert (at_most_usd(0.00829), at_most_usd(0.3 - 0.1), at_most_usd(-1.0)) == (0.0082, 0.2, 0)
