"""What is remembered of earlier runs, workflow by workflow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from goflow.api.learning import open_history
from goflow.loader.paths import absolute
from goflow.projections.statistics import WorkflowStatistics, statistics_of

if TYPE_CHECKING:
    from goflow.api.host import Host
    from goflow.projections.sample import RunSamples

BACKENDS: Final = ("llm", "cli", "mock")
"""Who answers the runs that are remembered."""


def remembered(
    host: Host, *, named: str | None = None, backend: str | None = None, last: int = 0
) -> list[WorkflowStatistics]:
    """Return the statistics of each workflow and backend, those run last first.

    `named` is a workflow's file or its name; `last` bounds the runs that count of each, 0 does not.
    """
    groups: dict[tuple[str, str, str], list[RunSamples]] = {}
    path = None if named is None else str(absolute(named, host.cwd))
    for run in _runs(host, (backend,) if backend else BACKENDS):
        if named is None or named == run.workflow or path == run.path:
            groups.setdefault((run.path, run.workflow, run.backend), []).append(run)
    found = [statistics_of(runs[-last:]) for runs in groups.values()]
    return sorted(found, key=lambda each: (-each.last_ms, each.workflow, each.backend))


def _runs(host: Host, backends: Iterable[str]) -> Iterable[RunSamples]:
    history = open_history(host)
    for backend in backends:
        yield from history.read_all(backend)
