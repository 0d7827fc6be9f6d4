"""Where goflow keeps what belongs to a user and to no run."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path


def config_folder(environ: Mapping[str, str], home: Path) -> Path:
    """Return where the user's configuration stands."""
    return _own_folder(environ, "XDG_CONFIG_HOME", "APPDATA", home / ".config")


def state_folder(environ: Mapping[str, str], home: Path) -> Path:
    """Return where is kept what all runs share (limits, times, trusted folders), and reports of defects."""
    return _own_folder(environ, "XDG_STATE_HOME", "LOCALAPPDATA", home / ".local" / "state")


def cache_folder(environ: Mapping[str, str], home: Path) -> Path:
    """Return where is kept what can be had again."""
    return _own_folder(environ, "XDG_CACHE_HOME", "LOCALAPPDATA", home / ".cache")


def _own_folder(environ: Mapping[str, str], variable: str, on_windows: str, default: Path) -> Path:
    """Follow the XDG specification, on macOS too: a relative path in a variable does not count."""
    names = (variable, on_windows) if sys.platform == "win32" else (variable,)
    chosen = (Path(environ[name]) for name in names if environ.get(name))
    return next((path for path in chosen if path.is_absolute()), default) / "goflow"
