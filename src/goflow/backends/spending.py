"""What an answer consumed, and what that costs by the price table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.backends.prices import price_of_usage
from goflow.events import Usage

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponse

    from goflow.backends.failures import Asked


def usage_of(response: ModelResponse, asked: Asked, *, requests: int) -> Usage:
    """Count what is known of an answer, whole or broken off; cached tokens are among the input tokens."""
    return Usage(
        requests=requests,
        input_tokens=response.usage.input_tokens,
        output_tokens=response.usage.output_tokens,
        cached_tokens=response.usage.cache_read_tokens,
        cost_usd=_cost_usd(response, asked),
    )


def _cost_usd(response: ModelResponse, asked: Asked) -> float | None:
    """Return the cost as a gateway reported it, else by the list price; None where neither is known.

    What answers under a name that has no price, as a gateway may have it, costs what was asked for.
    """
    if response.usage.cost is not None:
        return float(response.usage.cost)
    if not response.model_name or not response.usage.has_values():
        return None
    try:
        return float(response.cost().total_price)
    except LookupError:
        return price_of_usage(response.usage, asked.provider, asked.address, asked.model)
    except ValueError:
        return None
