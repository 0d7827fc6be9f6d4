"""A text of an author's as the name of a file or folder, on every system."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

_LONGEST_BYTES: Final = 100
_FORBIDDEN: Final = frozenset('<>:"/\\|?* ')
_RESERVED: Final = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³])(\..*)?", re.IGNORECASE)
"""Devices of Windows, which it finds in every folder, with any ending."""


def safe_name(text: str) -> str:
    """Return a name that no file system refuses, hides or takes for a path: readable, not empty, short.

    Different texts may share one.
    """
    visible = "".join(char if char.isprintable() and char not in _FORBIDDEN else "-" for char in text)
    joined = re.sub(r"-{2,}", "-", normalize("NFC", visible))
    name = _cut(joined.strip("-.")).rstrip("-.") or "run"
    return f"_{name}" if _RESERVED.fullmatch(name) else name


def _cut(name: str) -> str:
    return name.encode()[:_LONGEST_BYTES].decode(errors="ignore")
