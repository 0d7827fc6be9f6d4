"""What a request may cost by the price table, before it is made."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genai_prices.types import AbstractUsage


@lru_cache(maxsize=256)
def price_of(
    provider: str, address: str | None, model: str, *, input_tokens: int, output_tokens: int
) -> float | None:
    """Return a price in US dollars; None where the table has no price for the model."""
    from genai_prices import Usage

    usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens)
    return price_of_usage(usage, provider, address, model)


def price_of_usage(usage: AbstractUsage, provider: str, address: str | None, model: str) -> float | None:
    """Return what a model takes for a usage.

    It is looked up as that of the answer will be: by the provider's address, else by its name.
    """
    from genai_prices import calc_price

    with suppress(LookupError, ValueError):
        return float(calc_price(usage, model, provider_api_url=address or "-").total_price)
    with suppress(LookupError, ValueError):
        return float(calc_price(usage, model, provider_id=provider).total_price)
    return None


def is_priced(provider: str, address: str | None, model: str) -> bool:
    """Whether the price table knows the model."""
    return price_of(provider, address, model, input_tokens=1, output_tokens=1) is not None
