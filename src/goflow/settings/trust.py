"""Folders whose own rules, commands and servers the user trusts: a file with the real path of one a line."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from goflow.errors import UsageError
from goflow.journal.files import DISK
from goflow.journal.own_files import drafted, make_private
from goflow.problems import shown

_FILE: Final = "trusted"


def is_trusted(folder: Path, state: Path) -> bool:
    """Return whether a folder, or one above it, is trusted; a file that cannot be read trusts nothing.

    `state` is the folder that `state_folder` names.
    """
    with suppress(OSError):
        return _is_below_one(folder.resolve(), _content(state / _FILE))
    return False


def remember_trust(folder: Path, state: Path) -> None:
    """Add a folder to those that are trusted, until its line is deleted; return when that is on the disk.

    Raises UsageError where it cannot be remembered.
    """
    real = folder.resolve()
    if "\n" in str(real) or not real.is_dir():
        raise UsageError(
            f"{shown(str(real))} cannot be trusted", help="trust a folder, with a name of one line"
        )
    path = state / _FILE
    try:
        before = _content(path)
        if not _is_below_one(real, before):
            ended = b"" if before.endswith(b"\n") or not before else b"\n"
            _replace(path, before + ended + os.fsencode(real) + b"\n")
    except OSError as error:
        raise UsageError(
            f"`{path}` cannot be written, so trust in {shown(str(real))} is not kept: {_reason(error)}",
            help="`--trust` trusts a folder for one run",
        ) from error


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _is_below_one(real: Path, content: bytes) -> bool:
    """Return whether a line holds the folder or one above it; other lines are no path to it."""
    return any(real.is_relative_to(os.fsdecode(line)) for line in content.split(b"\n"))


def _replace(path: Path, content: bytes) -> None:
    """Write a file anew for the user alone, with what it holds on the disk before its name."""
    make_private(path.parent)
    with drafted(path) as draft:
        DISK.write(draft, content)
        DISK.sync(draft)
