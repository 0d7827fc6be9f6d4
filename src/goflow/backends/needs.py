"""How much a request may take: the most for the budget, the likely for a limit on tokens.

Counting is the provider's alone. A token is never less than a byte of UTF-8, so bytes are the most that a
text can be; four of them to a token is what texts usually are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from pydantic_ai.messages import BinaryContent

from goflow.backends.base import Need
from goflow.backends.need_sizes import TOKENS_OF_FILE, TOKENS_OF_TOOLS, most_output, size_of, size_offered
from goflow.backends.prices import price_of
from goflow.events import Usage

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage
    from pydantic_ai.models import ModelRequestParameters

    from goflow.backends.asking import Asking

LIKELY_OUTPUT: Final = 500
"""Tokens of an answer, as long as nothing says how long they are."""
BYTES_PER_TOKEN: Final = 4


def most_of(asking: Asking, messages: Sequence[ModelMessage]) -> Need:
    """Return the most that a request can take."""
    tokens_in, frames = _bytes_of(messages, asking.parameters)
    tokens_in += frames + (TOKENS_OF_TOOLS if asking.parameters.function_tools else 0)
    tokens_out = _most_output(asking)
    asked = asking.opened.asked
    cost_usd = price_of(
        asked.provider, asked.address, asked.model, input_tokens=tokens_in, output_tokens=tokens_out
    )
    return Need(tokens=tokens_in + tokens_out, cost_usd=cost_usd)


def all_of(need: Need) -> Usage:
    """Return what a request has taken that took all that it could."""
    return Usage(requests=1, input_tokens=need.tokens, cost_usd=need.cost_usd)


def likely_tokens(asking: Asking, messages: Sequence[ModelMessage]) -> int:
    """Return the tokens that a request will likely take, in both directions."""
    text, frames = _bytes_of(messages, asking.parameters)
    return text // BYTES_PER_TOKEN + frames + min(LIKELY_OUTPUT, _most_output(asking))


def _most_output(asking: Asking) -> int:
    return most_output(asking.settings.get("max_tokens"), asking.settings.get("extra_body"))


def _bytes_of(messages: Sequence[ModelMessage], parameters: ModelRequestParameters) -> tuple[int, int]:
    """Return the bytes of all texts, and the tokens of what surrounds them."""
    sizes = [*_sizes(messages), *_offered_sizes(parameters)]
    return sum(size for size, _ in sizes), sum(frame for _, frame in sizes)


def _sizes(messages: Sequence[ModelMessage]) -> Iterator[tuple[int, int]]:
    for message in messages:
        yield size_of(getattr(message, "instructions", None) or "")
        for part in message.parts:
            yield size_of(getattr(part, "tool_name", ""))
            yield from _sizes_of(getattr(part, "content", ""))
            if (arguments := getattr(part, "args", None)) is not None:
                yield size_of(arguments if isinstance(arguments, str) else json.dumps(arguments))


def _sizes_of(content: object) -> Iterator[tuple[int, int]]:
    if isinstance(content, str):
        yield size_of(content)
    elif isinstance(content, Sequence):
        for item in content:
            yield from _sizes_of(item)
    elif isinstance(content, BinaryContent) and not content.is_image:
        yield len(content.data), TOKENS_OF_FILE
    else:
        yield 0, TOKENS_OF_FILE


def _offered_sizes(parameters: ModelRequestParameters) -> Iterator[tuple[int, int]]:
    for tool in (*parameters.function_tools, *parameters.output_tools):
        yield size_offered(tool.name, tool.description, tool.parameters_json_schema)
    if (wanted := parameters.output_object) is not None:
        yield size_offered(wanted.name or "", None, wanted.json_schema)
