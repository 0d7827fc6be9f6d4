"""A question's choices: a number stands for one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def choose(text: str, choices: Sequence[str]) -> str:
    """Return the choice that a number from 1 names; any other text as it is."""
    number = text.strip()
    if number.isascii() and number.isdigit() and 1 <= int(number) <= len(choices):
        return choices[int(number) - 1]
    return text
