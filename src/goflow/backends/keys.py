"""Keys as the environment holds them: what can be sent of them, and what cannot."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_SENDABLE: Final = re.compile(r"[!-~]*")
_BLANK: Final = re.compile(r"\s")


def key_in(environ: Mapping[str, str], variable: str | None) -> str | None:
    """Return the key that a variable holds, None where there is none.

    Blanks and line breaks around it come from files and pasting, and are no part of it.
    """
    return environ.get(variable or "", "").strip() or None


def flaw_of(key: str) -> str | None:
    """Say what a key holds that no header can carry; None where there is nothing of the kind."""
    if _SENDABLE.fullmatch(key):
        return None
    if not key.isascii():
        return "a character that is not ASCII"
    return "a blank or a line break" if _BLANK.search(key) else "a control character"
