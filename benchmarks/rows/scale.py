"""Cost per step when a run is a hundred times as large."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from benchmarks.table import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.bench import Bench


def measure(bench: Bench) -> Iterator[Figure]:
    """Compare both shapes: whole processes, and less start-up (a run of a single step), which is harder."""
    for shape in ("fan-out", "layers"):
        yield from _compare(bench, shape)


def _compare(bench: Bench, shape: str) -> Iterator[Figure]:
    small, large = (100, 1_000) if bench.quick else (1_000, 100_000)
    one_file, small_file = bench.write_workflow("alone", 1), bench.write_workflow(shape, small)
    starts, smalls = [], []
    for _ in range(3 if bench.quick else 15):
        starts.append(bench.mock_run(one_file, bench.fast))
        smalls.append(bench.mock_run(small_file, bench.fast))
    start_s = statistics.median(starts)
    small_s = statistics.median(smalls)
    large_file = bench.write_workflow(shape, large)
    times = 1 if bench.quick else 3
    large_s = statistics.median(bench.mock_run(large_file, bench.fast) for _ in range(times))
    bench.empty(bench.fast)
    for what, less_s in (("whole process", 0.0), ("less start-up", start_s)):
        small_ms, large_ms = (small_s - less_s) / small * 1e3, (large_s - less_s) / large * 1e3
        raw = f"{large_ms:.3f} ms ({large_s:.1f} s), {small_ms:.3f} ms ({small_s:.2f} s)"
        yield Figure(
            row="scale",
            what=f"cost per step, {large:,} / {small:,}, {shape}, {what}",
            figure=large_ms / small_ms,
            unit="x",
            at_most=1.25,
            raw=raw if not less_s else f"{raw} less {less_s:.2f} s",
        )
