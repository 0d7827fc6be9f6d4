"""What happens before a run goes on.

Its journal is read, and its sources are held against the author's files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from goflow.api.answering import script_of
from goflow.api.prepare import Prepared, plan_run, require_sound
from goflow.api.recall import created_of, options_of, recall_run, records_of
from goflow.api.secrets import supplied_again
from goflow.errors import GoflowError, UsageError
from goflow.events import Event, RunCreated, RunFinished, RunStatus
from goflow.journal.finding import find_run
from goflow.journal.reader import JournalReader
from goflow.journal.sources import read_sources
from goflow.loader.collector import collector_paused
from goflow.loader.load import load_bundle
from goflow.loader.reader import RecordedReader
from goflow.planning.notices import unhonoured
from goflow.projections.reuse import changed_steps, results_of
from goflow.runner.reuse import ResultsOfRun
from goflow.scheduler import replay, steps_to_redo
from goflow.workflow import SourceFile, SourceRole

if TYPE_CHECKING:
    from goflow.api.host import Host
    from goflow.planning.options import RunOptions
    from goflow.planning.plan import Plan
    from goflow.runner.reuse import Reuse
    from goflow.workflow import Bundle


@collector_paused()
def prepare_resume(
    reference: str,
    *,
    host: Host,
    secrets: Mapping[str, str] | None = None,
    allow_changed: bool = False,
    retry_failed: bool | None = None,
    change: Callable[[RunOptions], RunOptions] = lambda options: options,
) -> Prepared:
    """Read a run's journal, and find out what is left to do.

    `reference` is an id, a unique beginning of one, a folder, or `@last`. `secrets` are the run's secret
    inputs, which it has not kept. `change` makes the options that the run goes on with from those it had.
    `retry_failed` is by default what `docs/decisions/0003` says: yes if the run had ended, no if it was cut
    off. Raises `UsageError` where the author's files are no longer what the run was made from, unless
    `allow_changed`.
    """
    folder = find_run(audit_dir_for_resume(host), reference)
    history = tuple(JournalReader(folder).read_new())
    created = created_of(history, folder)
    recorded = read_sources(folder, records_of(history))
    changed = changed_sources(recorded)
    if changed and not allow_changed:
        raise _changed(created.run_id, changed)
    script = script_to_go_on_with(recorded, host, has_changed=bool(changed))
    place = replace(host, cwd=Path(created.workspace))
    reader = None if changed else RecordedReader(recorded)
    bundle = load_bundle(created.workflow_path, cwd=place.cwd, home=host.home, reader=reader)
    given = {**created.inputs, **_secrets(bundle, created, secrets or {})}
    warnings = require_sound(bundle, given)
    former = options_of(history, created)
    options = change(former)
    planned = plan_run(
        bundle, given, options=options, host=place, script=script, recorded=None if changed else recorded
    )
    answering, plan = planned.answering, planned.plan
    inputs = [source for source in recorded if source.role is SourceRole.INPUT]
    earlier = recall_run(folder, home=host.home).plan if changed else plan
    different = _redone(earlier, plan, history) if changed else ()
    return Prepared(
        host=place,
        bundle=bundle,
        plan=plan,
        options=options,
        run_id=created.run_id,
        audit_dir=folder.parent,
        sources=(*bundle.sources, *inputs, *planned.attached.sources, *answering.sources),
        answering=answering,
        warnings=warnings,
        notices=(*unhonoured(bundle, answering.backend), *answering.notices),
        folder=folder,
        history=history,
        again=_in_order(plan, _again(plan, history, retry_failed=retry_failed), different),
        is_changed=bool(changed) or host.mock_script is not None or options != former,
        reuse=ResultsOfRun(results_of(earlier, history)) if different else _of_parent(created, folder, host),
    )


def audit_dir_for_resume(host: Host) -> Path:
    """Return where runs are looked for: the flag's folder, or the user's."""
    return host.cwd / (host.audit_dir or host.settings.audit_dir)


def _changed(run_id: str, changed: Sequence[str]) -> UsageError:
    return UsageError(
        f"the files of run {run_id} have changed since: {'; '.join(changed)}",
        help="`--allow-changed` goes on with the files as they are; what says the same keeps its output",
    )


def script_to_go_on_with(
    recorded: Iterable[SourceFile], host: Host, *, has_changed: bool
) -> SourceFile | None:
    """Return the mock's script: one given now, else the kept one, read again where the files have changed."""
    kept = next((source for source in recorded if source.role is SourceRole.SCRIPT), None)
    if host.mock_script is not None or kept is None:
        return script_of(host)
    return script_of(replace(host, mock_script=Path(kept.path))) if has_changed else kept


def _secrets(bundle: Bundle, created: RunCreated, given: Mapping[str, str]) -> dict[str, str]:
    defaults = {
        name: spec.default for name, spec in bundle.workflow.inputs.items() if spec.default is not None
    }
    return supplied_again(created.secrets, {**defaults, **given})


def changed_sources(recorded: Iterable[SourceFile]) -> list[str]:
    """Return, for each source that is no longer what was recorded, what became of it."""
    found = []
    for source in recorded:
        try:
            content = Path(source.path).read_bytes()
        except FileNotFoundError:
            found.append(f"`{source.path}` is gone")
        except OSError as error:
            found.append(f"`{source.path}` cannot be read: {error.strerror}")
        else:
            if content != source.content:
                found.append(f"`{source.path}` is different")
    return found


def _of_parent(created: RunCreated, folder: Path, host: Host) -> Reuse | None:
    """Return the results that a rerun takes, as long as the run that they are from is still there."""
    if not created.rerun_of:
        return None
    try:
        parent = recall_run(find_run(folder.parent, created.rerun_of), home=host.home)
    except GoflowError as error:
        host.warn(f"nothing more is taken from run {created.rerun_of}: {error.message}")
        return None
    results = results_of(parent.plan, parent.history)
    return ResultsOfRun(results, fresh=frozenset(created.fresh))


def _redone(before: Plan, after: Plan, history: Sequence[Event]) -> tuple[str, ...]:
    """Return the ended steps that are written differently now, and those that come after them."""
    state = replay(after, history)
    changed = changed_steps(before, after)
    return tuple(name for name in changed if state.steps[name].status.has_ended)


def _in_order(plan: Plan, *names: Iterable[str]) -> tuple[str, ...]:
    wanted = {name for each in names for name in each}
    return tuple(name for name in plan.steps if name in wanted)


def _again(plan: Plan, history: Sequence[Event], *, retry_failed: bool | None) -> tuple[str, ...]:
    if retry_failed is None:
        retry_failed = _has_ended(history)
    return steps_to_redo(replay(plan, history)) if retry_failed else ()


def _has_ended(history: Sequence[Event]) -> bool:
    last = history[-1].fact
    return isinstance(last, RunFinished) and last.status in (RunStatus.COMPLETED, RunStatus.FAILED)
