"""A new run that takes from an earlier one what it need not ask for again."""

from __future__ import annotations

import secrets as chance
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from goflow.api.prepare import Prepared, plan_run, require_sound
from goflow.api.recall import Recalled, recall_run
from goflow.api.resuming import audit_dir_for_resume, script_to_go_on_with
from goflow.api.secrets import supplied_again
from goflow.errors import UsageError
from goflow.journal.finding import find_run
from goflow.loader.collector import collector_paused
from goflow.loader.load import load_bundle
from goflow.loader.reader import RecordedReader
from goflow.planning.notices import unhonoured
from goflow.problems import suggest
from goflow.projections.reuse import Result, results_of
from goflow.runner.reuse import ResultsOfRun
from goflow.values import dataclass
from goflow.workflow import SourceRole

if TYPE_CHECKING:
    from goflow.api.host import Host
    from goflow.planning.options import RunOptions
    from goflow.planning.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which steps are asked anew whatever there is already; one that has no result is asked in any case."""

    everything: bool = False
    from_steps: tuple[str, ...] = ()
    """These, and all that come after them."""
    only: tuple[str, ...] = ()
    """These alone: all others keep their results, also where these now say something else."""


@collector_paused()
def prepare_rerun(
    reference: str,
    selection: Selection,
    *,
    host: Host,
    inputs: Mapping[str, str] | None = None,
    change: Callable[[RunOptions], RunOptions] = lambda options: options,
) -> Prepared:
    """Read an earlier run, and prepare a new one over its files as they are now, or as they were if gone.

    `inputs` replace those of the earlier run, secret ones among them; the others are the same. A step whose
    content is what it was takes the earlier result.
    """
    folder = find_run(audit_dir_for_resume(host), reference)
    former = recall_run(folder, home=host.home)
    place = replace(host, cwd=Path(former.created.workspace))
    is_there = Path(former.created.workflow_path).exists()
    reader = None if is_there else RecordedReader(former.sources)
    bundle = load_bundle(former.created.workflow_path, cwd=place.cwd, home=host.home, reader=reader)
    options = change(former.options)
    given = _inputs(former, inputs or {})
    warnings = require_sound(bundle, given)
    script = script_to_go_on_with(former.sources, host, has_changed=is_there)
    planned = plan_run(
        bundle,
        given,
        options=options,
        host=place,
        script=script,
        recorded=None if is_there else former.sources,
    )
    results = results_of(former.plan, former.history)
    fresh = _fresh(selection, planned.plan)
    kept = [source for source in former.sources if source.role is SourceRole.INPUT]
    return Prepared(
        host=place,
        bundle=bundle,
        plan=planned.plan,
        options=options,
        run_id=f"r-{chance.token_hex(5)}",
        audit_dir=folder.parent,
        sources=(*bundle.sources, *kept, *planned.attached.sources, *planned.answering.sources),
        answering=planned.answering,
        warnings=warnings,
        notices=(*unhonoured(bundle, planned.answering.backend), *planned.answering.notices),
        rerun_of=former.created.run_id,
        fresh=tuple(fresh),
        taken=_taken(planned.plan, results, frozenset(selection.only)) if selection.only else (),
        reuse=ResultsOfRun(results, fresh=frozenset(fresh)),
    )


def _inputs(former: Recalled, given: Mapping[str, str]) -> dict[str, str]:
    """Return the inputs: a secret one must be given again, though it may be another value now."""
    known = former.created.secrets
    again = [secret for secret in known if secret.name in given or secret.name not in former.created.inputs]
    missing = [secret for secret in again if secret.name not in given]
    return {**former.created.inputs, **supplied_again(missing, {}), **given}


def _fresh(selection: Selection, plan: Plan) -> list[str]:
    wanted = (*selection.from_steps, *selection.only)
    for step in wanted:
        if step not in plan.steps:
            told = suggest(step, plan.steps) or f"steps: {', '.join(list(plan.steps)[:10])}"
            raise UsageError(f"the workflow has no step `{step}`", help=told)
    if selection.everything:
        return list(plan.steps)
    found = dict.fromkeys(wanted)
    border = list(selection.from_steps)
    while border:
        for dependent in plan.steps[border.pop()].dependents:
            if dependent not in found:
                found[dependent] = None
                border.append(dependent)
    return [name for name in plan.steps if name in found]


def _taken(plan: Plan, results: Mapping[str, Result], anew: frozenset[str]) -> tuple[Result, ...]:
    """Return the results that all other steps keep, in an order in which each comes after what it needs."""
    names: Sequence[str] = [name for level in plan.levels for name in level]
    lacking = [name for name in names if name not in anew and name not in results]
    if lacking:
        told = ", ".join(f"`{name}`" for name in lacking[:5])
        raise UsageError(
            f"the earlier run has no result of {told}, so it cannot be kept",
            help="`--from STEP` asks it and what comes after it as well",
        )
    return tuple(replace(results[name], step=name) for name in names if name not in anew)
