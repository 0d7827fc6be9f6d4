"""A random DAG over real HTTP: how close to the longest path of the server's delays."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from benchmarks.rows.http import serving
from benchmarks.shapes import level_barriers_s, levels, longest_path_s, uneven
from benchmarks.table import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.bench import Bench


def measure(bench: Bench) -> Iterator[Figure]:
    """Run the DAG with no limit on concurrency; first request to last answer, by the server's clock."""
    count = 20 if bench.quick else 120
    shape = uneven(count)
    ideal_s, barriers_s = longest_path_s(shape), level_barriers_s(shape)
    spans = [_run_once(bench, count) for _ in range(1 if bench.quick else 3)]
    span_s = statistics.median(spans)
    yield Figure(
        row="makespan",
        what=f"{count} uneven steps over HTTP / longest path",
        figure=span_s / ideal_s,
        unit="x",
        at_most=1.05,
        raw=f"{span_s:.2f} s of {len(spans)} runs, longest path {ideal_s:.2f} s",
    )
    yield Figure(
        row="makespan",
        what="the same with level barriers (computed)",
        figure=barriers_s / ideal_s,
        unit="x",
        raw=f"{barriers_s:.2f} s in {1 + max(levels(shape).values())} levels",
    )


def _run_once(bench: Bench, count: int) -> float:
    with serving() as server:
        workflow = bench.write_workflow("uneven", count, server.config())
        bench.goflow("run", str(workflow), "--audit-dir", str(bench.empty(bench.fast)), "--progress", "none")
    report = server.report()
    if len(report.requests) != count:
        raise AssertionError(f"the server answered {len(report.requests)} requests, not {count}")
    return max(r["finished"] for r in report.requests) - min(r["arrived"] for r in report.requests)
