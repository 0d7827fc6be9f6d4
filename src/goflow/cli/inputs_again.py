"""Inputs that `goflow resume` is given for a run that has begun."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from goflow.api.resuming import audit_dir_for_resume
from goflow.journal.finding import find_run
from goflow.journal.run_files import workflow_path_of
from goflow.loader.inputs import read_input, written_inputs
from goflow.loader.paths import absolute
from goflow.loader.reader import DiskReader

if TYPE_CHECKING:
    from goflow.api import Host


def inputs_again(pairs: Sequence[str], reference: str, host: Host) -> dict[str, str]:
    """Return values by name; `NAME=@FILE` is relative to the run's workflow file, as when it began."""
    given = dict(written_inputs(pairs))
    files = {name: value[1:] for name, value in given.items() if value.startswith("@")}
    if not files:
        return given
    workflow = Path(workflow_path_of(find_run(audit_dir_for_resume(host), reference)))
    return given | {name: _text(name, written, workflow.parent) for name, written in files.items()}


def _text(name: str, written: str, folder: Path) -> str:
    _, source = read_input(name, absolute(written, folder), written, DiskReader())
    return source.text
