"""Patterns of files, held against paths.

`**` crosses folders and `*` does not; a pattern without a `/` is held against the name in any folder.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from functools import lru_cache
from typing import Final

_PARTS: Final = re.compile(r"(/\*\*$|^\*\*/|/\*\*/|\*+|\?|\[!?[^\]/]+\])")
_CROSSING: Final = {"/**": "(?:/.*)?", "**/": "(?:.*/)?", "/**/": "/(?:.*/)?"}


def allows_path(pattern: str, path: str) -> bool:
    """Return whether a path fits exactly; one that leads up from the workspace fits nothing."""
    return not posixpath.normpath(path).startswith("..") and _fits(pattern, path, elsewhere=("/",))


def may_name(pattern: str, path: str) -> bool:
    """Return whether a path fits on a file system that knows neither case nor Unicode forms."""
    return _fits(_folded(pattern), _folded(path), elsewhere=("/", "**/"))


def _fits(pattern: str, path: str, *, elsewhere: tuple[str, ...]) -> bool:
    """Return whether `path` fits; outside the workspace only patterns that begin as `elsewhere` says do."""
    normal = re.sub("^/+", "/", posixpath.normpath(path))
    wanted = pattern.removeprefix("./")
    if "/" not in wanted:
        normal = normal.rpartition("/")[2]
    elif normal.startswith(("/", "../")) and not wanted.startswith(elsewhere):
        return False
    return _regex(wanted).fullmatch(normal) is not None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text.casefold())


@lru_cache(maxsize=1000)
def _regex(pattern: str) -> re.Pattern[str]:
    parts = _PARTS.split(re.sub(r"(\*\*/)+", "**/", pattern))
    return re.compile("".join(map(_as_regex, parts)), re.DOTALL)


def _as_regex(part: str) -> str:
    if part in _CROSSING:
        return _CROSSING[part]
    if part.startswith("*"):
        return "[^/]*"
    if part == "?":
        return "[^/]"
    if _PARTS.fullmatch(part):
        inside = re.sub(r"([\\^\[&~|])", r"\\\1", part[1:-1])
        return f"(?!/)[{'^' if inside.startswith('!') else ''}{inside.removeprefix('!')}]"
    return re.escape(part)
