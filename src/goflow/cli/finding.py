"""Where a run is that is only looked at: one of ours, or of the original goflow."""

from __future__ import annotations

import os
from pathlib import Path

from goflow.cli.values import named_run
from goflow.journal.finding import find_any_run
from goflow.settings import read_settings


def find_any_folder(reference: str | None, audit_dir: str | None, usage: str) -> Path:
    """Return the folder of the run that is named; raise UsageError where there is not exactly one."""
    return find_any_run(runs_folder(audit_dir), named_run(reference, usage))


def runs_folder(audit_dir: str | None) -> Path:
    """Return where runs are looked for: the flag's folder, or the user's."""
    return Path(audit_dir) if audit_dir else read_settings(os.environ, Path.home()).audit_dir
