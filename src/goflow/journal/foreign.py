"""Runs of the original goflow, which keeps no journal: their files told as the events that they come from.

Nothing in such a folder is sure to be there or to be right, so what cannot be read is taken for not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from goflow.errors import JournalCorrupt
from goflow.events import (
    AttemptStarted,
    Event,
    Fact,
    Failure,
    FailureKind,
    MemoryWritten,
    RunClaimed,
    RunCreated,
    RunFinished,
    RunStatus,
    StepCancelled,
    StepCompleted,
    StepFailed,
    StepNotRun,
    StepSkipped,
)
from goflow.journal.foreign_files import (
    Meta,
    as_text,
    duration_ms,
    folders_in,
    is_file,
    moment,
    read_bytes,
    read_object,
    read_text,
    text,
)
from goflow.journal.refusals import reading
from goflow.journal.run_files import META
from goflow.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

PROMPT: Final = "prompt.md"
OUTPUT: Final = "output.md"

_STEP_FOLDER: Final = re.compile(r"\d+_(.+)", re.DOTALL | re.ASCII)
_ENTRY: Final = re.compile(r"^\[(\d{4}-[^]\s]+)\] \[([^]\n]*)\] (.*)", re.MULTILINE)

_ENDS: Final[Mapping[str, RunStatus]] = {
    "completed": RunStatus.COMPLETED,
    "failed": RunStatus.FAILED,
    "cancelled": RunStatus.INTERRUPTED,
    "interrupted": RunStatus.INTERRUPTED,
}

_Told: TypeAlias = tuple[int, Fact]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A step's folder; times are None where they are not known."""

    id: str
    folder: Path
    meta: Meta
    started_ms: int | None
    ended_ms: int | None


def read_foreign(run_folder: Path, *, with_texts: bool = True) -> list[Event]:
    """Return events that give the same view as the folder; without texts, prompts and outputs are empty.

    Raises `JournalCorrupt` where the run's own file tells nothing, and `RunFolderError` where it may not be
    read.
    """
    meta = _run_meta(run_folder / META)
    steps = list(_steps_of(run_folder / "steps"))
    known = [at for step in steps for at in (step.started_ms, step.ended_ms) if at is not None]
    start_ms = moment(meta.get("started_at")) or min(known, default=0)
    told = [fact for step in steps for fact in _told(step, start_ms, with_texts=with_texts)]
    told += _entries(run_folder / "memory.md", start_ms) if with_texts else []
    told.sort(key=lambda moment: moment[0])
    end_ms = max(moment(meta.get("completed_at")) or 0, told[-1][0] if told else start_ms)
    begun: list[_Told] = [(start_ms, _created(meta)), (start_ms, RunClaimed(epoch=1, owner=""))]
    facts = [*begun, *told]
    status = _ENDS.get(text(meta, "status"))
    facts += [] if status is None else [(end_ms, RunFinished(status=status))]
    return [Event(seq, at_ms, fact) for seq, (at_ms, fact) in enumerate(facts, start=1)]


def step_file(run_folder: Path, step: str, name: str) -> bytes | None:
    """Return the bytes of a step's `PROMPT` or `OUTPUT`, None where there is no such file."""
    found = (read_bytes(each.folder / name) for each in _steps_of(run_folder / "steps") if each.id == step)
    return next((content for content in found if content is not None), None)


def step_ids(run_folder: Path) -> tuple[str, ...]:
    """Return the ids of the steps, in the order of their levels."""
    return tuple(step.id for step in _steps_of(run_folder / "steps"))


def _created(meta: Meta) -> RunCreated:
    inputs = meta.get("inputs")
    return RunCreated(
        run_id=text(meta, "run_id"),
        workflow_name=text(meta, "workflow_name"),
        workflow_path="",
        workspace="",
        goflow_version="",
        inputs={name: as_text(value) for name, value in inputs.items()} if isinstance(inputs, dict) else {},
    )


def _steps_of(folder: Path) -> Iterator[_Step]:
    """Yield the steps, in the order of their levels and ids."""
    for path in folders_in(folder):
        named = _STEP_FOLDER.fullmatch(path.name)
        if named is None:
            continue
        meta = read_object(path / "step.meta.json")
        started_ms = moment(meta.get("started_at"))
        ended_ms = moment(meta.get("completed_at"))
        if ended_ms is None and started_ms is not None and (took_ms := duration_ms(meta)):
            ended_ms = started_ms + took_ms
        step_id = text(meta, "step_id") or named[1]
        yield _Step(id=step_id, folder=path, meta=meta, started_ms=started_ms, ended_ms=ended_ms)


def _told(step: _Step, start_ms: int, *, with_texts: bool) -> Iterator[_Told]:
    """Yield what happened to a step, with its moments."""
    started_ms = step.started_ms or step.ended_ms or start_ms
    ended_ms = max(started_ms, step.ended_ms or 0)
    status = text(step.meta, "status") or ("completed" if is_file(step.folder / OUTPUT) else "running")
    if status in {"completed", "failed", "running", "cancelled"}:
        yield started_ms, _started(step, with_texts=with_texts)
    match status:
        case "completed":
            output = read_text(step.folder / OUTPUT) if with_texts else ""
            session = text(step.meta, "session_id") or None
            yield ended_ms, StepCompleted(step=step.id, attempt=1, output=output, session_id=session)
        case "failed":
            # The original does not say what kind of failure it was; views show its words alone.
            failure = Failure(kind=FailureKind.REJECTED, message=text(step.meta, "error"))
            yield ended_ms, StepFailed(step=step.id, failure=failure)
        case "skipped":
            yield ended_ms, StepSkipped(step=step.id, reason=text(step.meta, "skip_reason"))
        case "cancelled":
            yield ended_ms, StepCancelled(step=step.id)
        case "not_run":
            yield ended_ms, StepNotRun(step=step.id, because="")
        case _:
            """It was running, or had not begun."""


def _started(step: _Step, *, with_texts: bool) -> AttemptStarted:
    return AttemptStarted(
        step=step.id,
        attempt=1,
        agent=text(step.meta, "agent"),
        model=text(step.meta, "model") or None,
        prompt=read_text(step.folder / PROMPT) if with_texts else "",
    )


def _entries(path: Path, start_ms: int) -> Iterator[_Told]:
    for entry in _ENTRY.finditer(read_text(path)):
        written = MemoryWritten(step="", attempt=0, agent=entry[2], text=entry[3])
        yield moment(entry[1]) or start_ms, written


def _run_meta(path: Path) -> Meta:
    with reading(path):
        path.open("rb").close()
    meta = read_object(path)
    if not meta:
        raise JournalCorrupt(f"`{path}` cannot be read: it is no JSON object that describes a run")
    return meta
