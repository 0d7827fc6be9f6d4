"""Warnings about what was found, which stop nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.cli.streams import hears_unicode, say

if TYPE_CHECKING:
    from goflow.api import Prepared


def warn(message: str) -> None:
    """Tell of something on stderr, in one harmless line."""
    from goflow.reporters.sanitize import sanitize_line

    say(f"warning: {sanitize_line(message)}\n")


def warn_before(prepared: Prepared) -> None:
    """Tell of what was found in a workflow and its settings, before it is run or planned."""
    from goflow.reporters.sanitize import sanitize

    if prepared.warnings:
        from goflow.cli.render import render_text

        say(render_text(prepared.warnings, has_unicode=hears_unicode()))
    for notice in (*prepared.host.settings.notices, *prepared.notices):
        say(f"note: {sanitize(notice)}\n")
