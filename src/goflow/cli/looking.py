"""Looking at a run from outside: where it is, and what its journal says so far."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from goflow.cli.values import named_run
from goflow.journal.finding import find_run
from goflow.journal.reader import JournalReader
from goflow.journal.run_ids import is_run_id
from goflow.projections import RunView
from goflow.reporters.sanitize import sanitize
from goflow.settings import read_settings


def find_folder(reference: str | None, audit_dir: str | None, usage: str) -> Path:
    """Return the folder of the run that is named; raise UsageError where there is not exactly one."""
    reference = named_run(reference, usage)
    settings = read_settings(os.environ, Path.home())
    return find_run(Path(audit_dir) if audit_dir else settings.audit_dir, reference)


def name_of_run(folder: Path, run_id: str) -> str:
    """Return what finds the run from here: its id, or its folder where that is not among the usual ones.

    What comes from elsewhere may be called anything: it can be shown to people and given to a shell.
    """
    usual = read_settings(os.environ, Path.home()).audit_dir
    if is_run_id(run_id) and folder.parent.resolve() == usual.resolve():
        return run_id
    return sanitize(shlex.quote(os.path.relpath(folder)))


def view_run(folder: Path) -> RunView:
    """Fold a run's journal; what its owner appends meanwhile is not in it."""
    view = RunView()
    for event in JournalReader(folder).read_new():
        view.see(event)
    return view
