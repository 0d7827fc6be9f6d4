"""Files that are to be written, held against those that are read."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from goflow.errors import UsageError


def require_unread(path: Path, read: Iterable[str]) -> None:
    """Refuse to write over a file that is read, before anything has cost anything."""
    if os.path.realpath(path) in {os.path.realpath(each) for each in read}:
        raise UsageError(
            f"cannot write `{path}`: it is one of the files that are read", help="name another file"
        )


def require_different(*written: Path) -> None:
    """Refuse to write two things to one file, the results and the recording."""
    if len({os.path.realpath(path) for path in written}) < len(written):
        raise UsageError(f"`-o` and `--record` both name `{written[-1]}`", help="name a file for each")
