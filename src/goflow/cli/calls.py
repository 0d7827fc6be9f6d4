"""Calls of tools, one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from goflow.cli.columns import cut
from goflow.journal.moments import show_moment

if TYPE_CHECKING:
    from goflow.projections.conversation_view import ToolUse

_WIDEST: Final = 100


def call_line(use: ToolUse) -> str:
    """Return when which step called what, with what, and what came back."""
    return f"{time_of_day(use.at_ms)} {cut(use.step, _WIDEST)} {what_came_of(use)}\n"


def what_came_of(use: ToolUse) -> str:
    """Return a call and its result."""
    if use.result is None:
        result = "(no end)"
    else:
        result = f"{'error: ' if use.is_error else ''}{cut(use.result, _WIDEST)}"
    return f"{cut(use.tool, _WIDEST)} {cut(use.arguments, _WIDEST)} -> {result}".rstrip()


def time_of_day(at_ms: int) -> str:
    """Return the time of day in UTC, as the lines of a run that goes on have it."""
    return show_moment(at_ms)[11:19]
