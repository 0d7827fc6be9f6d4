"""Files that another program wrote: what can be read of them, and nothing where it cannot."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

Meta: TypeAlias = Mapping[str, Any]

_LONGEST_META: Final = 1024 * 1024
_LONGEST_S: Final = 1e9
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_YEARS: Final = range(1971, 9999)
"""Go writes the year 1 for a time that there is not."""


def read_object(path: Path) -> Meta:
    """Return what a file of JSON holds; nothing where it is no object or cannot be read."""
    try:
        if not is_file(path) or path.stat().st_size > _LONGEST_META:
            return {}
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def read_text(path: Path) -> str:
    """Return a file's text; nothing where there is none."""
    return (read_bytes(path) or b"").decode("utf-8", "replace")


def read_bytes(path: Path) -> bytes | None:
    """Return what a file holds; None where there is none, or it cannot be read."""
    try:
        return path.read_bytes() if is_file(path) else None
    except OSError:
        return None


def folders_in(path: Path) -> list[Path]:
    """Return the folders in a folder by name, without links; none where it cannot be read."""
    try:
        with os.scandir(path) as entries:
            return sorted(path / entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError:
        return []


def is_file(path: Path) -> bool:
    """Tell a file from a link, which may lead anywhere, and from a pipe, which may never end."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def text(meta: Meta, name: str) -> str:
    """Return a field that is a text; nothing where it is none."""
    value = meta.get(name)
    return value if isinstance(value, str) else ""


def as_text(value: object) -> str:
    """Return a text as it is, and any other value as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def moment(value: object) -> int | None:
    """Return the milliseconds since 1970 of a time in ISO 8601; None where it is none."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        if found is None or found.year not in _YEARS:
            return None
        return ((found if found.tzinfo else found.replace(tzinfo=UTC)) - _EPOCH) // _MILLISECOND
    except ValueError:
        return None


def duration_ms(meta: Meta) -> int | None:
    """Return how long a step took, where that is told."""
    value = meta.get("duration_seconds")
    if not isinstance(value, int | float) or not 0 <= value < _LONGEST_S:
        return None
    return round(value * 1000)
