"""A run as its folder tells it, whatever has become of the author's files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from goflow.api.resuming import created_of, options_of, records_of
from goflow.journal.reader import JournalReader
from goflow.journal.sources import read_sources
from goflow.loader.load import load_bundle
from goflow.loader.reader import RecordedReader
from goflow.planning.compile import compile_plan
from goflow.projections import RunView

if TYPE_CHECKING:
    from goflow.planning.plan import Plan


def recall(folder: Path, *, home: Path) -> tuple[Plan, RunView]:
    """Return the plan of a run and what its journal says of it so far; secret inputs are not known."""
    history = JournalReader(folder).read_new()
    created = created_of(history, folder)
    reader = RecordedReader(read_sources(folder, records_of(history)))
    bundle = load_bundle(created.workflow_path, cwd=Path(created.workspace), home=home, reader=reader)
    plan = compile_plan(bundle, inputs=created.inputs, options=options_of(history, created))
    view = RunView(plan.steps)
    for event in history:
        view.see(event)
    return plan, view
