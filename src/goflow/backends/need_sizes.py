"""How texts count towards the most that a request may take; nothing here knows who is asked, or how."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

UNBOUNDED_OUTPUT: Final = 4096
"""Tokens that are reserved for an answer where `max_tokens` does not bound it."""
TOKENS_OF_TOOLS: Final = 1024
"""What a provider may add of its own to a request that offers tools."""
TOKENS_OF_FILE: Final = 4096
"""What an attached picture is taken for; providers count by its size on the screen."""
_TOKENS_OF_FRAME: Final = 16
"""What a part of a message, or a tool, takes besides its text."""
_BOUNDS: Final = ("max_tokens", "max_completion_tokens", "max_output_tokens")


def size_of(text: str) -> tuple[int, int]:
    """Return the bytes of a text, and the tokens of what surrounds it."""
    return len(text.encode("utf-8", "surrogatepass")), _TOKENS_OF_FRAME if text else 0


def size_offered(name: str, description: str | None, schema: Mapping[str, Any]) -> tuple[int, int]:
    """Return the size of a tool, or of the form of an answer, as a model is offered it."""
    return size_of(f"{name}{description or ''}{json.dumps(schema)}")


def most_output(max_tokens: object, extra_body: object) -> int:
    """Return the bound on an answer, also one that was written into the body itself."""
    written = [max_tokens]
    if isinstance(extra_body, Mapping):
        written += [extra_body.get(name) for name in _BOUNDS]
    return max((bound for bound in written if isinstance(bound, int)), default=UNBOUNDED_OUTPUT)
