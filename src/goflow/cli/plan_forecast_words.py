"""Words that the pages of a forecast share."""

from __future__ import annotations

from typing import Final

UNPRICED: Final = "unpriced"


def told_runs(count: int) -> str:
    """Count earlier runs."""
    return f"{count} earlier {'run' if count == 1 else 'runs'}"


def told_steps(count: int) -> str:
    """Count steps."""
    return f"{count} {'step' if count == 1 else 'steps'}"
