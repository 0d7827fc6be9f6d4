"""What a provider, or the library that asked it, says about an error: foreign text, made fit to be shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from pydantic_ai import exceptions as raised

_LONGEST: Final = 300


def provider_words(error: BaseException) -> str:
    """Return the message in the body of an error's response; the empty string where there is none."""
    body = error.body if isinstance(error, raised.ModelAPIError | raised.UnexpectedModelBehavior) else None
    match _parsed(body) if isinstance(body, str) else body:
        case {"message": str(text)} | {"error": {"message": str(text)}}:
            return text
        case str(text) | {"error": str(text)} | {"detail": str(text)}:
            return text
        case _:
            return ""


def _parsed(body: str) -> object:
    """Return what a body says, which some libraries hand on as text."""
    try:
        return json.loads(body)
    except ValueError:
        return body


def own_words(error: BaseException) -> str:
    """Return an error's own words, even where a provider made them something else than text."""
    if isinstance(error, raised.ModelHTTPError):
        return ""
    return str(error.message) if isinstance(error, raised.AgentRunError) else str(error)


def innermost_words(error: BaseException) -> str:
    """Return the last words down the chain of causes: `connection refused` rather than `Connection error`."""
    return next(filter(None, map(own_words, reversed([error, *causes(error)]))), "")


def causes(error: BaseException) -> Iterator[BaseException]:
    """Go down the chain of what an error was raised from."""
    while cause := error.__cause__ or error.__context__:
        yield (error := cause)


def presentable(text: str, secrets: tuple[str, ...]) -> str:
    """Take secrets, escapes and line breaks out of foreign text, and bound it."""
    for secret in secrets:
        text = text.replace(secret, "***")
    printable = "".join(character if character.isprintable() else " " for character in text)
    line = re.sub(r"\s+", " ", printable).strip().rstrip(".")
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "..."
