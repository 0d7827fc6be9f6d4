"""Bounds on outputs where they are injected into prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.workflow import TruncateStrategy

if TYPE_CHECKING:
    from goflow.workflow import Truncate

CHARS_PER_TOKEN = 4


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
