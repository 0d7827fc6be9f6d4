"""Absolute paths, made without asking the disk."""

from __future__ import annotations

import os
from pathlib import Path


def absolute(path: str, base: Path) -> Path:
    """Return `path` as seen from `base`, without `.` and `..`."""
    return Path(os.path.normpath(base / path))


def shown_from(path: Path, cwd: Path) -> str:
    """Return a path for messages: relative where it lies below the current folder."""
    return str(path.relative_to(cwd)) if path.is_relative_to(cwd) else str(path)
