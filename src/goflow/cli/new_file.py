"""A file that is made piece by piece, and is there whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from goflow.cli.result_file import require_writable
from goflow.errors import GoflowError, UsageError, reason
from goflow.journal.files import DISK
from goflow.journal.own_files import drafted


def require_new(path: Path, *, may_replace: bool) -> None:
    """Refuse a file that cannot be made, or that is there already; devices and pipes may be written to."""
    require_writable(path)
    if path.is_file() and not may_replace:
        raise UsageError(f"`{path}` is there already", help="`--force` replaces it")


def write_new(path: Path, pieces: Iterable[bytes], *, may_replace: bool) -> None:
    """Write the file for its owner alone, durable on return; or leave what was there.

    Raises `UsageError` where it has come to be there meanwhile, and `GoflowError` where writing fails.
    """
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                file.writelines(pieces)
            return
        _write(path.resolve(), pieces, lambda: require_new(path, may_replace=may_replace))
    except OSError as error:
        raise GoflowError(f"cannot write `{path}`: {reason(error)}") from error


def _write(path: Path, pieces: Iterable[bytes], check_again: Callable[[], None]) -> None:
    with drafted(path) as draft:
        for piece in pieces:
            DISK.write(draft, piece)
        DISK.sync(draft)
        check_again()
    DISK.sync_folder(path.parent)
