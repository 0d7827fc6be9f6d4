"""Warnings about what was found, which stop nothing."""

from __future__ import annotations

from goflow.cli.streams import say


def warn(message: str) -> None:
    """Tell of something on stderr, in one harmless line."""
    from goflow.reporters.sanitize import sanitize_line

    say(f"warning: {sanitize_line(message)}\n")
