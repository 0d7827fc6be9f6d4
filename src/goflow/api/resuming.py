"""What happens before a run goes on.

Its journal is read, and its sources are held against the author's files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from goflow.api.earlier_results import earlier_results
from goflow.api.given import fitting_inputs
from goflow.api.preparing_again import files_of, prepare_again
from goflow.api.recall import has_ended, read_kept_run, recall_kept
from goflow.api.secrets import supplied_again
from goflow.errors import UsageError
from goflow.events import Event, RunCreated
from goflow.journal.finding import find_run
from goflow.loader.collector import collector_paused
from goflow.loader.inputs import GivenInputs
from goflow.problems import shown
from goflow.projections.reuse import changed_steps
from goflow.scheduler import RunState, replay, steps_to_redo
from goflow.workflow import SourceRole

if TYPE_CHECKING:
    from goflow.api.host import Host
    from goflow.api.prepare import Prepared
    from goflow.api.recall import KeptRun
    from goflow.planning.options import RunOptions
    from goflow.planning.plan import Plan
    from goflow.workflow import Bundle, SourceFile


@collector_paused()
def prepare_resume(
    reference: str | Path,
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
    given = fitting_inputs(secrets or {})
    folder = find_run(audit_dir_for_resume(host), os.fspath(reference))
    former = read_kept_run(folder)
    created, history = former.created, former.history
    _require_kept(created, given)
    changed = changed_sources(files_of(former))
    if changed and not allow_changed:
        raise _changed(created, changed)
    prepared = prepare_again(
        former,
        host=host,
        audit_dir=folder.resolve().parent,
        reads_anew=bool(changed),
        give=lambda bundle: GivenInputs(
            values={**created.inputs, **_secrets(bundle, created, given)}, sources=_inputs_of(former)
        ),
        change=change,
    )
    plan = prepared.plan
    earlier = recall_kept(former, home=host.home).plan if changed else plan
    state = replay(plan, history)
    different = _rewritten(earlier, state) if changed else ()
    ended = (name for name in different if state.steps[name].status.has_ended)
    return replace(
        prepared,
        run_id=created.run_id,
        folder=folder,
        history=history,
        again=_in_order(plan, _again(state, history, retry_failed=retry_failed), ended),
        fresh=created.fresh,
        rewritten=(*different, *(name for name in earlier.steps if name not in plan.steps)),
        is_changed=bool(changed) or host.mock_script is not None or prepared.options != former.options,
        reuse=earlier_results(former, plan, folder, host, is_rewritten=bool(different)),
    )


def audit_dir_for_resume(host: Host) -> Path:
    """Return where runs are looked for: the flag's folder, or the user's."""
    return host.cwd / (host.audit_dir or host.settings.audit_dir)


def _require_kept(created: RunCreated, given: Mapping[str, str]) -> None:
    """Refuse an input that the run did not begin with; a secret one is held against its hash later."""
    secret = {each.name for each in created.secrets}
    for name, value in given.items():
        if name not in secret and created.inputs.get(name) != value:
            raise UsageError(
                f"a run keeps the inputs that it began with: {shown(name)} cannot be given now",
                help=f"start a new run with it: `goflow rerun {created.run_id} --inputs NAME=VALUE`",
            )


def _changed(created: RunCreated, changed: Sequence[str]) -> UsageError:
    is_there = Path(created.workflow_path).exists()
    return UsageError(
        f"the files of run {created.run_id} have changed since: {'; '.join(changed)}",
        help="`--allow-changed` goes on with the files as they are; what says the same keeps its output"
        if is_there
        else f"put it back, or start a new run from what was kept: `goflow rerun {created.run_id}`",
    )


def _inputs_of(former: KeptRun) -> tuple[SourceFile, ...]:
    """Return the files that hold inputs; one that has changed since is none of them: the values are kept."""
    files = (source for source in former.sources if source.role is SourceRole.INPUT)
    return tuple(file for file in files if not changed_sources([file]))


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


def _rewritten(before: Plan, state: RunState) -> tuple[str, ...]:
    """Return the steps written differently now, and those that come after them, as far as they have begun."""
    steps = state.steps
    changed = changed_steps(before, state.plan)
    return tuple(name for name in changed if steps[name].attempt or steps[name].status.has_ended)


def _in_order(plan: Plan, *names: Iterable[str]) -> tuple[str, ...]:
    wanted = {name for each in names for name in each}
    return tuple(name for name in plan.steps if name in wanted)


def _again(state: RunState, history: Sequence[Event], *, retry_failed: bool | None) -> tuple[str, ...]:
    if retry_failed is None:
        retry_failed = has_ended(history)
    return steps_to_redo(state) if retry_failed else ()
