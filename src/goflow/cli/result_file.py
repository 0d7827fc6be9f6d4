"""The results in a file of the user's choice: whole or not at all."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from goflow.errors import GoflowError, UsageError, reason
from goflow.journal.files import DISK
from goflow.journal.own_files import drafted

_PRIVATE: Final = 0o600
_AS_USUAL: Final = 0o666
"""Whom a new file is for, the user's umask says."""


def require_writable(path: Path) -> None:
    """Refuse a file that cannot be made, before a run has cost anything."""
    if path.is_dir():
        raise UsageError(f"cannot write `{path}`: it is a folder")
    if not path.parent.is_dir():
        raise UsageError(f"cannot write `{path}`: the folder `{path.parent}` does not exist")


def write_results(path: Path, text: str) -> None:
    """Write the file, or leave what was there; raise GoflowError where that fails."""
    try:
        _write(path, text.encode("utf-8", "replace"))
    except OSError as error:
        raise GoflowError(f"cannot write `{path}`: {reason(error)}") from error


def _write(path: Path, content: bytes) -> None:
    if path.exists() and not path.is_file():
        path.write_bytes(content)  # a device or a pipe, which must not be replaced by a file
        return
    file = path.resolve()
    with drafted(file, mode=_PRIVATE if file.exists() else _AS_USUAL) as draft:
        _take_mode(draft, file)
        DISK.write(draft, content)


def _take_mode(draft: int, path: Path) -> None:
    """Let whom the old file was for read the new one, and nobody else."""
    if hasattr(os, "fchmod"):
        with suppress(OSError):  # where there is no old one, or no modes are known
            os.fchmod(draft, stat.S_IMODE(path.stat().st_mode) & 0o777)
