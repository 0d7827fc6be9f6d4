"""Where the steps of a run that goes on find results: in its own past, and in the run that it repeats."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from goflow.api.recall import kept_until, recall_kept, recall_run
from goflow.errors import GoflowError
from goflow.events import RunReopened
from goflow.journal.finding import find_run
from goflow.projections.reuse import results_of
from goflow.runner.reuse import FirstOf, ResultsOfRun

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from goflow.api.host import Host
    from goflow.api.recall import KeptRun
    from goflow.events import Event, RunCreated
    from goflow.planning.plan import Plan
    from goflow.projections.reuse import Result
    from goflow.runner.reuse import Reuse


def earlier_results(
    former: KeptRun, plan: Plan, folder: Path, host: Host, *, is_rewritten: bool
) -> Reuse | None:
    """Return where steps that run again find results: in the run itself, then in the one that it repeats.

    A step that was rewritten stays so in a run that was cut off since.
    """
    places: list[Reuse] = []
    if is_rewritten or any(_rewrites(event) for event in former.history):
        places.append(ResultsOfRun(_results(former, folder, host.home), steps=plan.steps))
    of_parent = _of_parent(former.created, plan, folder, host)
    if of_parent is not None:
        places.append(of_parent)
    return FirstOf(*places) if places else None


def _results(former: KeptRun, folder: Path, home: Path) -> Iterator[Result]:
    """Yield the results of a run, older ones first: also those of steps that were rewritten since."""
    for place, event in enumerate(former.history):
        if _rewrites(event):
            with suppress(GoflowError):  # what its files were is lost, and so are these results
                yield from _results_then(kept_until(former, place, folder), home)
    yield from _results_then(former, home)


def _results_then(kept: KeptRun, home: Path) -> Iterable[Result]:
    return results_of(recall_kept(kept, home=home).plan, kept.history).values()


def _rewrites(event: Event) -> bool:
    return isinstance(event.fact, RunReopened) and bool(event.fact.rewritten)


def _of_parent(created: RunCreated, plan: Plan, folder: Path, host: Host) -> Reuse | None:
    """Return the results that a rerun takes, as long as the run that they are from is still there."""
    if not created.rerun_of:
        return None
    try:
        parent = recall_run(find_run(folder.resolve().parent, created.rerun_of), home=host.home)
    except GoflowError as error:
        host.warn(f"nothing more is taken from run {created.rerun_of}: {error.message}")
        return None
    results = results_of(parent.plan, parent.history)
    return ResultsOfRun(results.values(), steps=plan.steps, fresh=frozenset(created.fresh))
