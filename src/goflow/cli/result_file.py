"""The results in a file of the user's choice: whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from goflow.cli.streams import reason
from goflow.errors import GoflowError, UsageError


def require_writable(path: Path) -> None:
    """Refuse a file that cannot be made, before a run has cost anything."""
    if path.is_dir():
        raise UsageError(f"cannot write `{path}`: it is a folder")
    if not path.parent.is_dir():
        raise UsageError(f"cannot write `{path}`: the folder `{path.parent}` does not exist")


def write_results(path: Path, text: str) -> None:
    """Write the file, or leave what was there; raise GoflowError where that fails."""
    try:
        _write(path.resolve(), text.encode("utf-8", "replace"))
    except OSError as error:
        raise GoflowError(f"cannot write `{path}`: {reason(error)}") from error


def _write(path: Path, content: bytes) -> None:
    if path.exists() and not path.is_file():
        path.write_bytes(content)  # a device or a pipe, which must not be replaced by a file
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise
