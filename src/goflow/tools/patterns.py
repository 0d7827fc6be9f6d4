"""Regular expressions from models: compiled only if they stay small, and given up when they take too long."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, Final

from goflow.tools.base import ToolError
from goflow.tools.gate_paths import shown

LONGEST_PATTERN: Final = 1000
LONGEST_SEARCH_S: Final = 2.0
_MOST_COPIES: Final = 10_000
_LEAST_COUNT: Final = re.compile(r"\{\s*(\d+)")
_RECURSION: Final = re.compile(r"\(\?(?:R|[-+]?\d|&|P>)")


def compile_pattern(pattern: str, *, is_literal: bool, ignores_case: bool) -> Callable[[str], Any]:
    """Return what says whether a line matches; it raises `ToolError` when one line takes too long."""
    if not 0 < len(pattern) <= LONGEST_PATTERN:
        raise ToolError(f"the pattern has {len(pattern)} characters: from 1 to {LONGEST_PATTERN} are allowed")
    if not is_literal:
        _refuse_costly(pattern)
    search = _compiled(pattern, is_literal=is_literal, ignores_case=ignores_case)

    def is_match(line: str) -> object:
        try:
            return search(line, timeout=LONGEST_SEARCH_S)
        except (TimeoutError, MemoryError):
            raise ToolError(
                f"`{shown(pattern)}` takes too long: write it without `(…+)+` and the like, or set `literal`"
            ) from None

    return is_match


def _refuse_costly(pattern: str) -> None:
    """Refuse what fills the memory before a time limit helps: copies by `{n}`, and calls of itself."""
    if math.prod(max(1, int(count)) for count in _LEAST_COUNT.findall(pattern)) > _MOST_COPIES:
        raise ToolError(
            f"`{shown(pattern)}` repeats more than {_MOST_COPIES:,} times: use `*`, `+` or smaller counts"
        )
    if _RECURSION.search(pattern):
        raise ToolError(f"`{shown(pattern)}` calls itself, which no pattern may: write it out")


def _compiled(pattern: str, *, is_literal: bool, ignores_case: bool) -> Callable[..., Any]:
    import regex  # type: ignore[import-untyped]

    written = regex.escape(pattern) if is_literal else pattern
    try:
        found: Callable[..., Any] = regex.compile(written, regex.IGNORECASE if ignores_case else 0).search
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        why = shown(str(error)) or "it is nested too deeply"
        raise ToolError(f"`{shown(pattern)}` is no regular expression: {why}; or set `literal`") from None
    return found
