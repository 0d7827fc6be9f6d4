"""A new run that takes from an earlier one what it need not ask for again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from goflow.api.preparing_again import prepare_again
from goflow.api.recall import KeptRun, read_kept_run, recall_kept
from goflow.api.resuming import audit_dir_for_resume
from goflow.api.secrets import other_secrets, supplied_again
from goflow.errors import UsageError
from goflow.journal.finding import find_run
from goflow.loader.collector import collector_paused
from goflow.problems import suggest_step
from goflow.projections.reuse import Result, readers_of, results_of
from goflow.runner.reuse import ResultsOfRun
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.api.host import Host
    from goflow.api.prepare import Prepared
    from goflow.loader.inputs import GivenInputs
    from goflow.planning.options import RunOptions
    from goflow.planning.plan import Plan
    from goflow.workflow import Bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which steps are asked anew whatever there is already; one that has no result is asked in any case."""

    everything: bool = False
    from_steps: tuple[str, ...] = ()
    """These, and all that come after them."""
    only: tuple[str, ...] = ()
    """These alone: all others keep their results, also where these now say something else."""

    @property
    def named(self) -> tuple[str, ...]:
        """Return the steps that are named."""
        return (*self.from_steps, *self.only)


@collector_paused()
def prepare_rerun(
    reference: str,
    selection: Selection,
    *,
    host: Host,
    give: Callable[[Bundle], GivenInputs],
    change: Callable[[RunOptions], RunOptions] = lambda options: options,
) -> Prepared:
    """Read an earlier run, and prepare a new one over its files as they are now, or as they were if gone.

    The inputs that `give` makes replace those of the earlier run, secret ones among them; the others are the
    same, whatever has become of the files that they came from. A step whose content is what it was takes the
    earlier result.
    """
    folder = find_run(audit_dir_for_resume(host), reference)
    former = read_kept_run(folder)
    results = results_of(recall_kept(former, home=host.home).plan, former.history)
    prepared = prepare_again(
        former,
        host=host,
        audit_dir=folder.resolve().parent,
        reads_anew=Path(former.created.workflow_path).exists(),
        give=lambda bundle: _over_former(give(bundle), former),
        change=change,
    )
    _require_steps(selection, prepared)
    fresh = _fresh(selection, prepared.plan, other_secrets(prepared.plan, former.created))
    return replace(
        prepared,
        rerun_of=former.created.run_id,
        fresh=tuple(fresh),
        taken=_taken(prepared.plan, results, frozenset(selection.only)) if selection.only else (),
        reuse=ResultsOfRun(results.values(), steps=prepared.plan.steps, fresh=frozenset(fresh)),
    )


def _over_former(given: GivenInputs, former: KeptRun) -> GivenInputs:
    return replace(given, values=_inputs(former, given.values))


def _inputs(former: KeptRun, given: Mapping[str, str]) -> dict[str, str]:
    """Return the inputs: a secret one must be given again, though it may be another value now."""
    known = former.created.secrets
    again = [secret for secret in known if secret.name in given or secret.name not in former.created.inputs]
    missing = [secret for secret in again if secret.name not in given]
    return {**former.created.inputs, **supplied_again(missing, {}), **given}


def _require_steps(selection: Selection, prepared: Prepared) -> None:
    """Refuse a step that the workflow does not have, or that the earlier run left out."""
    written = [step.id for step in prepared.bundle.workflow.steps]
    for step in selection.named:
        if step not in written:
            raise UsageError(
                f"the workflow has no step `{step}`", help=suggest_step(step, prepared.plan.steps)
            )
        if step not in prepared.plan.steps:
            flags = " ".join(f"--step {only}" for only in prepared.options.only_steps)
            raise UsageError(
                f"the earlier run was narrowed by `{flags}`, which leaves the step `{step}` out",
                help=f"`goflow run {prepared.bundle.shown_path}` runs it",
            )


def _fresh(selection: Selection, plan: Plan, other: Collection[str]) -> list[str]:
    """Return the steps that are asked in any case; `other` are the secrets that are not what they were.

    What a step was asked is known without its secrets alone, so one that reads another secret counts too.
    """
    if selection.everything:
        return list(plan.steps)
    readers = () if selection.only else readers_of(other, plan)
    found = dict.fromkeys((*selection.named, *readers))
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
