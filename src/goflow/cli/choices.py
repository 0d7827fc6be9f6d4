"""A question's choices: a number stands for one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_DIGITS: Final = 9


def choose(text: str, choices: Sequence[str]) -> str:
    """Return the choice that a number from 1 names; any other text as it is."""
    number = text.strip().lstrip("0")
    names_one = number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS
    return choices[int(number) - 1] if names_one and int(number) <= len(choices) else text
