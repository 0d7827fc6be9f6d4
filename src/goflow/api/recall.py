"""A run as its folder tells it, whatever has become of the author's files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from goflow.errors import JournalCorrupt
from goflow.events import MASK, Event, RunCreated, RunReopened, SourceRecord
from goflow.journal.reader import JournalReader
from goflow.journal.sources import read_sources
from goflow.loader.attachments import read_attachments
from goflow.loader.load import load_bundle
from goflow.loader.reader import RecordedReader
from goflow.planning.compile import compile_plan
from goflow.problems import Severity
from goflow.projections import RunView
from goflow.values import dataclass
from goflow.workflow import SourceFile

if TYPE_CHECKING:
    from goflow.planning.options import RunOptions
    from goflow.planning.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """A run as it was written down: its beginning, its plan, its sources and its events."""

    created: RunCreated
    options: RunOptions
    plan: Plan
    sources: tuple[SourceFile, ...]
    history: tuple[Event, ...]


def recall_run(folder: Path, *, home: Path) -> Recalled:
    """Read a run from its folder; its secret inputs are not known, and stand as `***`."""
    history = tuple(JournalReader(folder).read_new())
    created = created_of(history, folder)
    sources = read_sources(folder, records_of(history))
    reader = RecordedReader(sources)
    cwd = Path(created.workspace)
    bundle = load_bundle(created.workflow_path, cwd=cwd, home=home, reader=reader)
    if any(problem.severity is Severity.ERROR for problem in bundle.problems):
        raise JournalCorrupt(f"`{created.workflow_path}`, as it was kept, is no workflow")
    inputs = {**created.inputs, **dict.fromkeys((secret.name for secret in created.secrets), MASK)}
    attached = read_attachments(bundle, inputs, cwd=cwd, recorded=sources)
    options = options_of(history, created)
    plan = compile_plan(bundle, inputs=inputs, options=options, attachments=attached.by_step)
    return Recalled(created=created, options=options, plan=plan, sources=tuple(sources), history=history)


def recall(folder: Path, *, home: Path) -> tuple[Plan, RunView]:
    """Return the plan of a run and what its journal says of it so far."""
    recalled = recall_run(folder, home=home)
    view = RunView(recalled.plan.steps)
    for event in recalled.history:
        view.see(event)
    return recalled.plan, view


def created_of(history: Sequence[Event], folder: Path) -> RunCreated:
    """Return a run's first event."""
    first = history[0].fact if history else None
    if not isinstance(first, RunCreated):
        raise JournalCorrupt(
            f"`{folder}` holds no event of a run", help="it cannot be resumed; start a new run"
        )
    return first


def records_of(history: Iterable[Event]) -> tuple[SourceRecord, ...]:
    """Return the sources that the run went on with last."""
    records: tuple[SourceRecord, ...] = ()
    for event in history:
        if isinstance(event.fact, RunCreated | RunReopened) and event.fact.sources:
            records = event.fact.sources
    return records


def options_of(history: Iterable[Event], created: RunCreated) -> RunOptions:
    """Return the options that the run went on with last."""
    options = created.options
    for event in history:
        if isinstance(event.fact, RunReopened) and event.fact.options is not None:
            options = event.fact.options
    return options
