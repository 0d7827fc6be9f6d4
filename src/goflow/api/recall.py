"""A run as its folder tells it, whatever has become of the author's files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from goflow.errors import JournalCorrupt
from goflow.events import MASK, Event, RunCreated, RunFinished, RunReopened, RunStatus, SourceRecord
from goflow.journal.reader import JournalReader
from goflow.journal.sources import read_sources
from goflow.loader.attachments import read_attachments
from goflow.loader.load import load_bundle
from goflow.loader.reader import RecordedReader
from goflow.planning.checks import check
from goflow.planning.compile import compile_plan
from goflow.problems import Severity
from goflow.projections import RunView
from goflow.values import dataclass
from goflow.workflow import Bundle, SourceFile

if TYPE_CHECKING:
    from goflow.planning.options import RunOptions
    from goflow.planning.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRun:
    """A run as it was written down: its beginning, its events, and the sources that it went on with last."""

    created: RunCreated
    history: tuple[Event, ...]
    sources: tuple[SourceFile, ...]

    @property
    def options(self) -> RunOptions:
        """Return the options that the run went on with last."""
        return options_of(self.history, self.created)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """A run as it was written down, and its plan."""

    created: RunCreated
    options: RunOptions
    bundle: Bundle
    plan: Plan
    sources: tuple[SourceFile, ...]
    history: tuple[Event, ...]


def read_kept_run(folder: Path) -> KeptRun:
    """Read a run from its folder; raise `JournalCorrupt` where there is none, or a source is missing."""
    history = tuple(JournalReader(folder).read_new())
    created = created_of(history, folder)
    return KeptRun(created=created, history=history, sources=read_sources(folder, records_of(history)))


def kept_until(kept: KeptRun, place: int, folder: Path) -> KeptRun:
    """Return a run as it stood before an event; raise `JournalCorrupt` where a source of then is missing."""
    history = kept.history[:place]
    return replace(kept, history=history, sources=read_sources(folder, records_of(history)))


def recall_run(folder: Path, *, home: Path) -> Recalled:
    """Read a run from its folder, and make its plan, as `recall_kept` does."""
    return recall_kept(read_kept_run(folder), home=home)


def recall_kept(kept: KeptRun, *, home: Path, secrets: Mapping[str, str] | None = None) -> Recalled:
    """Make the plan of a run from what was kept of it; its secret inputs, unless given, stand as `***`.

    Raises `GoflowError` where the sources make no plan.
    """
    created, cwd = kept.created, Path(kept.created.workspace)
    reader = RecordedReader(kept.sources)
    bundle = load_bundle(created.workflow_path, cwd=cwd, home=home, reader=reader)
    if any(problem.severity is Severity.ERROR for problem in check(bundle, None)):
        raise JournalCorrupt(f"`{created.workflow_path}`, as it was kept, holds mistakes")
    known = secrets or {}
    secret = {each.name: known.get(each.name, MASK) for each in created.secrets}
    inputs = {**created.inputs, **secret}
    attached = read_attachments(bundle, inputs, cwd=cwd, recorded=kept.sources)
    options = kept.options
    return Recalled(
        created=created,
        options=options,
        bundle=bundle,
        plan=compile_plan(bundle, inputs=inputs, options=options, attachments=attached.by_step),
        sources=kept.sources,
        history=kept.history,
    )


def recall(folder: Path, *, home: Path) -> tuple[Plan, RunView]:
    """Return the plan of a run and what its journal says of it so far."""
    recalled = recall_run(folder, home=home)
    view = RunView(recalled.plan.steps)
    for event in recalled.history:
        view.see(event)
    return recalled.plan, view


def has_ended(history: Sequence[Event]) -> bool:
    """Tell whether the run was over: one that was stopped, waits or was killed is not."""
    last = history[-1].fact if history else None
    return isinstance(last, RunFinished) and last.status in (RunStatus.COMPLETED, RunStatus.FAILED)


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
