"""Paths as models write them: what their text alone forbids, and how names are compared."""

from __future__ import annotations

import os
import unicodedata
from pathlib import PurePath
from typing import Final, TypeAlias

Place: TypeAlias = tuple[str, ...]
"""An absolute path without links, by its names: `("/", "srv", "work")`."""

LONGEST_PATH_BYTES: Final = 4096
_LONGEST_SHOWN: Final = 200
_SYSTEM: Final = {("/", "proc"), ("/", "sys"), ("/", "dev")}
_MEMORY: Final = ("/", "dev", "shm")
_GIT: Final = {".git", "git~1"}


class Unfit(Exception):
    """A path that may not be used so; its words follow the path in a message."""


class Outside(Unfit):
    """A path that leads out of every root."""


def on_one_line(name: str) -> str:
    """Return a name as it can stand in a list: printable, without an end of line."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in name)


def shown(text: str) -> str:
    """Return a path or another text of a model for a message: on one line, and not without end."""
    return on_one_line(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}...")


def names_of(path: str) -> Place:
    """Return the names of a path as written, `..` among them; an absolute one begins with its anchor."""
    if not path:
        raise Unfit("is empty: a path is a file's or a folder's, `.` is the workspace")
    if "\0" in path:
        raise Unfit("holds a NUL, which no path does")
    if any("\ud800" <= char <= "\udfff" for char in path):
        raise Unfit("holds half a character, which no path does")
    if len(os.fsencode(path)) > LONGEST_PATH_BYTES:
        raise Unfit(f"is longer than {LONGEST_PATH_BYTES} bytes")
    return split(path)


def split(path: str) -> Place:
    """Return the names of a path or of a link's target."""
    written = PurePath(path)
    if os.name == "nt" and any(":" in name for name in written.parts[bool(written.anchor) :]):
        raise Unfit("holds a `:`, which names a stream or a drive")
    return written.parts


def folded(name: str) -> str:
    """Return what the most forgiving file systems take a name for.

    They ignore case, composition and invisible characters (APFS, HFS+), dots and blanks at the end, and what
    follows a colon (NTFS).
    """
    visible = "".join(
        char for char in unicodedata.normalize("NFD", name) if unicodedata.category(char) != "Cf"
    )
    plain = unicodedata.normalize("NFC", visible.casefold()).rstrip(" .")
    return plain.partition(":")[0].rstrip(" .") or plain


def folded_place(place: Place) -> Place:
    """Return a place whose names are folded, to be compared."""
    return tuple(map(folded, place))


def is_below(place: Place, top: Place) -> bool:
    """Say whether a place is `top` or below it; both are folded, or neither is."""
    return place[: len(top)] == top


def is_system(place: Place) -> bool:
    """Say whether a place is no file of anybody's: processes, the kernel, devices, but for shared memory."""
    return folded_place(place[:2]) in _SYSTEM and not is_below(place, _MEMORY)


def refuse_system(place: Place) -> None:
    """Refuse to look where the system shows itself as files."""
    if is_system(place):
        raise Unfit(f"leads below `{place[0]}{place[1]}`, where no tool may look")


def refuse_git(place: Place) -> None:
    """Refuse to write where git keeps its hooks and its configuration, which it runs."""
    if any(folded(name) in _GIT for name in place):
        raise Unfit("is git's own: it may be read, not written; use git itself")
