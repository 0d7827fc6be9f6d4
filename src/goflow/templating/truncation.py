"""Bounds on outputs where they are injected into prompts."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from goflow.values import dataclass

CHARS_PER_TOKEN: Final = 4


class TruncateStrategy(StrEnum):
    """The unit of a truncation limit."""

    CHARS = "chars"
    LINES = "lines"
    TOKENS = "tokens"


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncate:
    """A bound on outputs where they are injected into prompts."""

    strategy: TruncateStrategy = TruncateStrategy.CHARS
    """Whether `limit` counts characters, lines or tokens (4 characters each)."""
    limit: int
    """How much of the beginning is kept."""


def truncate(text: str, bound: Truncate | None) -> str:
    """Return the beginning of `text` within `bound`, with a note where something was cut."""
    if bound is None:
        return text
    if bound.strategy is TruncateStrategy.LINES:
        return _keep_lines(text, bound.limit)
    unit = CHARS_PER_TOKEN if bound.strategy is TruncateStrategy.TOKENS else 1
    return _keep_chars(text, bound.limit * unit)


def _keep_chars(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit] + _note(len(text), limit, "chars")


def _keep_lines(text: str, limit: int) -> str:
    lines = text.split("\n")
    return text if len(lines) <= limit else "\n".join(lines[:limit]) + _note(len(lines), limit, "lines")


def _note(total: int, shown: int, unit: str) -> str:
    return f"\n\n... [truncated: {total} {unit} total, showing first {shown}]"
