"""The file that `--record` names: the whole run, as `goflow export` writes it."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final

from goflow.cli.result_file import require_writable
from goflow.errors import UsageError, reason

_LONGEST_HEADER: Final = 4096


def recording_file(written: str | None) -> Path | None:
    """Return where the recording goes; raise `UsageError` before the run where it cannot be made.

    A file that is there is replaced if it is a recording, or empty.
    """
    if written is None:
        return None
    path = Path(written)
    require_writable(path)
    try:
        _require_replaceable(path)
    except FileNotFoundError:
        require_writable(path.resolve())  # what a link leads to is not there
    except OSError as error:
        raise UsageError(f"cannot write `{path}`: {reason(error)}") from error
    return path


def _require_replaceable(path: Path) -> None:
    from goflow.journal.bundle_lines import is_header

    if not stat.S_ISREG(path.stat().st_mode):
        raise UsageError(f"cannot write `{path}`: it is not a plain file")
    with path.open("rb") as file:
        begins = file.readline(_LONGEST_HEADER)
    if begins and not is_header(begins):
        raise UsageError(
            f"`{path}` is there already, and is no recording", help="name another file, or remove it"
        )


def write_recording(path: Path, folder: Path) -> None:
    """Write a run that has ended or stopped, in place of what was there; raise `GoflowError` if it fails."""
    from goflow.cli.new_file import write_new
    from goflow.journal.bundle_file import bundle_of, survey

    write_new(path, bundle_of(survey(folder)), may_replace=True)
