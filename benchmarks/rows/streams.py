"""Many streams open at once in one process: the most memory it held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.rows.http import serving
from benchmarks.table import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.bench import Bench


def measure(bench: Bench) -> Iterator[Figure]:
    """Run steps that stream, none of which ends before all are open at the server."""
    count = 50 if bench.quick else 1_000
    with serving("--gather", str(count)) as server:
        workflow = bench.write_workflow("alone", count, server.config() | {"streaming": True})
        audit = bench.empty(bench.fast)
        finished = bench.goflow("run", str(workflow), "--audit-dir", str(audit), "--progress", "none")
    most_open = server.report().most_open
    together = most_open == count
    yield Figure(
        row="streams",
        what=f"peak memory, {count:,} streaming steps at once",
        figure=finished.peak_mb if together else None,
        unit="MB",
        at_most=400,
        raw=f"{finished.peak_mb:.0f} MB resident, {most_open:,} open at once, {finished.seconds:.1f} s",
    )
