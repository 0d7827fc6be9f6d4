"""The file that `--record` names: the whole run, as `goflow export` writes it."""

from __future__ import annotations

from pathlib import Path

from goflow.cli.result_file import require_writable


def recording_file(written: str | None) -> Path | None:
    """Return where the recording goes; raise `UsageError` before the run where it cannot be made."""
    if written is None:
        return None
    path = Path(written)
    require_writable(path)
    return path


def write_recording(path: Path, folder: Path) -> None:
    """Write a run that has ended or stopped, in place of what was there; raise `GoflowError` if it fails."""
    from goflow.cli.new_file import write_new
    from goflow.journal.bundle_file import bundle_of, survey

    write_new(path, bundle_of(survey(folder)), may_replace=True)
