"""What a request may cost by the price table, before it is made."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=256)
def price_of(
    provider: str, address: str | None, model: str, *, input_tokens: int, output_tokens: int
) -> float | None:
    """Return a price in US dollars; None where the table has no price for the model.

    It is looked up as that of the answer will be: by the provider's address, else by its name.
    """
    if address and (price := _price(model, input_tokens, output_tokens, address=address)) is not None:
        return price
    return _price(model, input_tokens, output_tokens, provider=provider)


def is_priced(provider: str, address: str | None, model: str) -> bool:
    """Whether the price table knows the model."""
    return price_of(provider, address, model, input_tokens=1, output_tokens=1) is not None


def _price(
    model: str,
    input_tokens: int,
    output_tokens: int,
    *,
    address: str | None = None,
    provider: str | None = None,
) -> float | None:
    from genai_prices import Usage, calc_price

    usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens)
    try:
        price = calc_price(usage, model_ref=model, provider_api_url=address, provider_id=provider)
    except (LookupError, ValueError):
        return None
    return float(price.total_price)
