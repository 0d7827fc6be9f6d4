"""A run that is answered as a recorded one was: where the recording is, and what of it holds again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from goflow.api.recall import KeptRun, created_of, recall_kept, records_of
from goflow.api.resuming import audit_dir_for_resume
from goflow.backends.recording_file import pack_run, read_kept
from goflow.errors import UsageError
from goflow.events import RunClaimed
from goflow.journal.finding import find_run
from goflow.loader.reader import MEGABYTE, DiskReader, Unreadable
from goflow.loader.sources import source_file
from goflow.planning.content import content_of
from goflow.problems import shown
from goflow.projections.memory import system_with_memory
from goflow.projections.recording_fold import record
from goflow.runner.masking import Masker
from goflow.templating import Scope
from goflow.workflow import SourceFile, SourceRole

if TYPE_CHECKING:
    from goflow.api.host import Host
    from goflow.events import AttemptStarted
    from goflow.planning.content import Content
    from goflow.planning.options import RunOptions
    from goflow.planning.plan import Plan
    from goflow.projections.recording import Recording

RECORDING_LIMIT: Final = 256 * MEGABYTE


def recording_source(reference: str, host: Host) -> SourceFile:
    """Return the recording that is meant, a file or a run, as one file."""
    path = host.cwd / reference
    if path.is_file():
        try:
            return source_file(SourceRole.SCRIPT, path, DiskReader().read(path, limit=RECORDING_LIMIT))
        except Unreadable as error:
            raise UsageError(f"the recording {shown(reference)} {error.reason}") from error
    if path.suffix == ".jsonl" and not path.is_dir():
        raise UsageError(f"the recording {shown(reference)} does not exist")
    folder = find_run(audit_dir_for_resume(host), reference)
    return source_file(SourceRole.SCRIPT, folder.absolute(), pack_run(folder))


@lru_cache(maxsize=1)
def _kept(source: SourceFile) -> KeptRun:
    kept = read_kept(source.content, source.path)
    return KeptRun(
        created=created_of(kept.events, Path(source.path)),
        history=kept.events,
        sources=kept.sources_of(records_of(kept.events)),
    )


def with_recorded(options: RunOptions, source: SourceFile) -> RunOptions:
    """Return the options with those of the recording where none is given."""
    known = _kept(source).options
    return replace(
        options,
        model=options.model or known.model,
        default_model=known.default_model,
        max_concurrency=known.max_concurrency if options.max_concurrency is None else options.max_concurrency,
        only_steps=options.only_steps or known.only_steps,
        interactive=known.interactive if options.interactive is None else options.interactive,
    )


def recorded_estimates(source: SourceFile) -> list[tuple[str, int]]:
    """Return how long the recorded run expected its steps to take, in milliseconds: it went by that."""
    claims = (event.fact for event in _kept(source).history if isinstance(event.fact, RunClaimed))
    return [known for claim in claims for known in claim.estimates.items()]


def read_recording(source: SourceFile, plan: Plan, *, home: Path) -> Recording:
    """Read what a replay of `plan` needs; secret inputs are those of the new run."""
    kept, mask = _kept(source), mask_of(plan).text
    earlier = recall_kept(kept, home=home, secrets=plan.inputs).plan

    def describe(started: AttemptStarted, outputs: Mapping[str, str]) -> Content:
        planned = earlier.steps.get(started.step)
        if planned is None:
            return {}
        scope = Scope(inputs=earlier.inputs, outputs=outputs, bound=earlier.bound)
        system = system_with_memory(planned.agent.system.render(scope), earlier.memory)
        return content_of(planned, system=mask(system), prompt=started.prompt, upstream=())

    return record(kept.history, describe)


def mask_of(plan: Plan) -> Masker:
    """Return what takes the secret inputs out of texts, as the run that is recorded did."""
    values = [plan.inputs[name] for name in plan.secret_inputs if name in plan.inputs]
    return Masker([*values, *(line.strip() for value in values for line in value.splitlines())])
