"""What runs learn from earlier ones: how long steps took, which tells what goes first where slots are few."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Final

from goflow.errors import GoflowError
from goflow.events import RunFinished
from goflow.scheduler.longest import has_few_slots, longest_ways
from goflow.settings.folders import state_folder

if TYPE_CHECKING:
    from goflow.api.host import Host
    from goflow.api.prepare import Prepared
    from goflow.api.result import Run
    from goflow.journal.history import RunHistory
    from goflow.projections.sample import RunSamples

MOST_STEPS: Final = 20_000
"""A run of more steps leaves nothing behind: its line would take longer than it saves."""

_RECENT_RUNS: Final = 10
"""How many runs the order of the steps is learned from."""
_GRAIN_MS: Final = 100


def open_history(host: Host) -> RunHistory:
    """Return what runs of this user took, which need not be anything yet."""
    from goflow.journal.history import FOLDER, RunHistory

    return RunHistory(state_folder(host.environ, host.home) / FOLDER)


def earlier_runs(prepared: Prepared, *, most: int = 50) -> list[RunSamples]:
    """Return what the last runs of the workflow took, answered by the same backend."""
    if not _learns(prepared):
        return []
    plan, backend = prepared.plan, prepared.answering.backend
    return open_history(prepared.host).read(prepared.bundle.path, plan.name, backend, most=most)


class Lessons:
    """What earlier runs teach this one; they are read once, when somebody asks."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared

    def estimates(self) -> dict[str, int]:
        """Return how long steps can be expected to take, in milliseconds, where it matters which goes first.

        Empty where nothing is known, or all take the same, which the graph says too. A replay goes by what
        the recorded run did, so that it starts its steps in the same order.
        """
        if not has_few_slots(self._prepared.plan):
            return {}
        if self._prepared.answering.backend == "replay":
            return _recorded(self._prepared)
        return self._medians if len(set(self._medians.values())) > 1 else {}

    def ranks(self) -> dict[str, int]:
        """Return which step's requests go first where a provider's limits hold them up: the longest way's."""
        plan = self._prepared.plan
        if self._prepared.answering.backend != "llm" or len(plan.levels) == len(plan.steps):
            return {}
        return {step: -way for step, way in longest_ways(plan, self._medians).items()}

    @cached_property
    def _medians(self) -> dict[str, int]:
        runs = earlier_runs(self._prepared, most=_RECENT_RUNS)
        if not runs:
            return {}
        from goflow.projections.learned import learned

        found = learned(self._prepared.plan, runs)
        return {step: _rounded(each.duration_ms.p50) for step, each in found.items()}


def _rounded(ms: int) -> int:
    """Return tenths of a second, one at least: less is noise, and would change the order from run to run."""
    return max(_GRAIN_MS, round(ms / _GRAIN_MS) * _GRAIN_MS)


async def keep_samples(prepared: Prepared, run: Run) -> None:
    """Leave what the run's steps took for later runs; where that cannot be done, nothing is said."""
    if not _learns(prepared) or not run.events or not isinstance(run.events[-1].fact, RunFinished):
        return
    if len(prepared.plan.steps) <= MOST_STEPS:
        await asyncio.to_thread(_keep, prepared, run)  # others may be writing there, and are waited for


def _keep(prepared: Prepared, run: Run) -> None:
    from goflow.projections.samples import RunSamples, samples_of

    samples = samples_of(prepared.plan, run.events)
    if not samples:
        return
    taken = RunSamples(
        run_id=run.run_id,
        backend=prepared.answering.backend,
        path=prepared.bundle.path,
        workflow=prepared.plan.name,
        status=run.status,
        ended_ms=run.events[-1].at_ms,
        active_ms=run.view.active_ms,
        samples=samples,
    )
    with suppress(OSError, GoflowError):
        open_history(prepared.host).append(taken)


def _learns(prepared: Prepared) -> bool:
    """Whether the run's times tell anything.

    A replay's do not, nor those of a mock without a script, nor those of a backend of the caller's.
    """
    answering = prepared.answering
    is_empty = answering.backend == "mock" and not answering.sources
    is_of_others = prepared.host.backend is not None or answering.backend == "replay"
    return prepared.host.settings.history and not is_empty and not is_of_others


def _recorded(prepared: Prepared) -> dict[str, int]:
    from goflow.api.replaying import recorded_estimates

    known = {step: ms for source in prepared.answering.sources for step, ms in recorded_estimates(source)}
    return {step: ms for step, ms in known.items() if step in prepared.plan.steps}
