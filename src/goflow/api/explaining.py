"""Why a step was asked in a run, or was not: the run is held against an earlier one."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from goflow.api.recall import Recalled, recall_run
from goflow.errors import GoflowError, UsageError
from goflow.journal.finding import find_run, runs_in
from goflow.journal.run_files import has_journal, workflow_of
from goflow.problems import shown, suggest_step
from goflow.projections.explanation import Past, past_of
from goflow.values import dataclass
from goflow.workflow import SourceRole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from goflow.planning.plan import PlannedCache

_MOST_LOOKED_AT: Final = 500
"""Earlier runs among which one of the same workflow is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A run and what it tells of the step; no past where it has no such step."""

    run_id: str
    past: Past | None
    cache: PlannedCache | None = None
    refusal: str | None = None
    """Why the cache does not keep its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A step of a run, and the same step of the earlier run that it is held against, if there is one."""

    step: str
    now: Told
    before: Told | None
    is_told_anew: bool
    """Whether the run is a rerun that was told to ask the step in any case."""


def explain_step(folder: Path, step: str, *, against: str | None, home: Path) -> Explanation:
    """Find out why a step of a run was asked, or was not.

    It is held against the run `against`, else the one that it is a rerun of, else the newest earlier one of
    the same workflow file. Raises `UsageError` where there is no such step or run.
    """
    folder = folder.resolve()
    run = recall_run(folder, home=home)
    if step not in run.plan.steps:
        told = suggest_step(step, run.plan.steps, listed="its steps")
        raise UsageError(f"the run has no step {shown(step)}", help=told)
    if against is not None:
        earlier: Recalled | None = recall_run(find_run(folder.parent, against), home=home)
    else:
        earlier = _earlier(run, folder, home)
    return Explanation(
        step=step,
        now=_told(run, step),
        before=None if earlier is None else _told(earlier, step),
        is_told_anew=step in run.created.fresh,
    )


def _earlier(run: Recalled, folder: Path, home: Path) -> Recalled | None:
    parent = run.created.rerun_of
    if parent:
        try:
            return recall_run(find_run(folder.parent, parent), home=home)
        except GoflowError:
            return None  # it has been removed since
    return next(_same_workflow(run, folder, home), None)


def _same_workflow(run: Recalled, folder: Path, home: Path) -> Iterator[Recalled]:
    """Yield the earlier runs of the same file, newest first, but for replays: these repeat others.

    Those that cannot be read are passed over.
    """
    folders = list(islice(runs_in(folder.parent), _MOST_LOOKED_AT))
    here = next((place for place, each in enumerate(folders) if each.name == folder.name), -1)
    for each in folders[here + 1 :]:
        if not has_journal(each) or workflow_of(each) != run.created.workflow_name:
            continue
        try:
            found = recall_run(each, home=home)
        except GoflowError:
            continue
        is_replay = found.options.backend == "replay"
        if found.created.workflow_path == run.created.workflow_path and not is_replay:
            yield found


def _told(run: Recalled, step: str) -> Told:
    from goflow.api.keeping import holds_secret, reason_not_to_keep

    planned = run.plan.steps.get(step)
    if planned is None:
        return Told(run_id=run.created.run_id, past=None)
    past = past_of(run.plan, run.history, step)
    refusal = reason_not_to_keep(planned, past.told, ())
    if past.parts:
        past = _with_backend(past, run)
        if refusal is None and holds_secret(run.plan, past.parts):
            refusal = "a secret may stand in what is asked"
    return Told(run_id=run.created.run_id, past=past, cache=planned.cache, refusal=refusal)


def _with_backend(past: Past, run: Recalled) -> Past:
    """Add who answers, as far as a run keeps that; a recording is a whole run, and is told by its name."""
    scripts = [source for source in run.sources if source.role is SourceRole.SCRIPT]
    if run.options.backend == "replay":
        told = {"recording": "".join(f"{source.path} {source.digest}" for source in scripts)}
    else:
        told = {"mock script": "".join(source.content.decode("utf-8", "replace") for source in scripts)}
    return replace(past, parts={**past.parts, "backend": run.options.backend, **told})
