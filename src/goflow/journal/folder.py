"""Making a run's folder, and tidying up after an owner that was killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.errors import UsageError
from goflow.journal import blobs, sources
from goflow.journal.files import DISK, Files
from goflow.journal.names import safe_name
from goflow.journal.refusals import explain, storage

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


def make_run_folder(audit_dir: Path, name: str, at: datetime, files: Files = DISK) -> Path:
    """Make `AUDIT_DIR/2026-03-30T14-32-05_NAME` for this run alone; `at` is local time.

    Raises `UsageError`, because nothing has run, where that cannot be done.
    """
    stem = f"{at:%Y-%m-%dT%H-%M-%S}_{safe_name(name)}"
    try:
        _make_parents(audit_dir, files)
        folder = _make_first_free(audit_dir, stem, files)
        files.sync_folder(audit_dir)
    except OSError as error:
        reason, _ = explain(error)
        raise UsageError(
            f"no run folder can be made in `{audit_dir}`: {reason}",
            help="choose another folder with `--audit-dir`",
        ) from error
    return folder


def _make_first_free(audit_dir: Path, stem: str, files: Files) -> Path:
    folder, number = audit_dir / stem, 1
    while True:
        try:
            files.make_folder(folder)
        except FileExistsError:
            number += 1
            folder = audit_dir / f"{stem}-{number}"
        else:
            return folder


def _make_parents(folder: Path, files: Files) -> None:
    if folder.is_dir():
        return
    _make_parents(folder.parent, files)
    folder.mkdir(exist_ok=True)
    files.sync_folder(folder.parent)


def sweep_drafts(run_folder: Path, files: Files = DISK) -> None:
    """Remove what owners that were killed have left half written; only the run's owner may."""
    for store in (run_folder / sources.FOLDER, run_folder / blobs.FOLDER):
        for draft in store.glob(".*.tmp"):
            with storage(run_folder, draft):
                files.remove(draft)
