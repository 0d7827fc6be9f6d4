"""What durability costs: the file journal over the memory journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.processes import HERE, PYTHON, alternate, median_ratio, medians, plain_environment, run
from benchmarks.table import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.bench import Bench
    from benchmarks.places import Place


def measure(bench: Bench) -> Iterator[Figure]:
    """Compare `goflow.api.run` with either journal, the same run folder written in both."""
    count = 500 if bench.quick else 10_000
    workflow = bench.write_workflow("fan-out", count)
    for place in bench.places.values():
        yield _compare(bench, workflow, count, place)


def _compare(bench: Bench, workflow: Path, count: int, place: Place) -> Figure:
    def seconds(journal: str) -> float:
        argv = [PYTHON, str(HERE / "peers" / "journals.py"), journal, str(workflow), str(bench.empty(place))]
        home = bench.fast.path
        return float(run(argv, env=plain_environment(home), scratch=home).stdout)

    pairs = alternate(bench.repeats(place), lambda: seconds("file"), lambda: seconds("memory"))
    file_s, memory_s = medians(pairs)
    return Figure(
        row="journal",
        what=f"file / memory journal, {count:,} steps, {place.name}",
        figure=median_ratio(pairs),
        unit="x",
        at_most=1.15,
        raw=f"file {file_s:.2f} s, memory {memory_s:.2f} s, pairs: {len(pairs)}",
    )
