"""Start-up against a bare interpreter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.processes import HERE, PYTHON, alternate, median_ratio, medians, plain_environment, run
from benchmarks.table import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.bench import Bench

EXAMPLE = HERE.parent / "examples" / "research-fan-out" / "workflow.yaml"


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure a page of help, a check and a mock run, each paired with `python -I -c pass`."""
    example = str(EXAMPLE)
    yield _compare(bench, "goflow --help", 12, lambda: bench.goflow("--help").seconds)
    yield _compare(bench, "goflow validate", 20, lambda: bench.goflow("validate", example).seconds)
    yield _compare(bench, "goflow run --mock", 30, lambda: bench.mock_run(EXAMPLE, bench.fast))


def _compare(bench: Bench, what: str, at_most: float, command: Callable[[], float]) -> Figure:
    home = bench.fast.path

    def bare() -> float:
        return run([PYTHON, "-I", "-c", "pass"], env=plain_environment(home), scratch=home).seconds

    command()  # the first run compiles modules and fills the file cache
    pairs = alternate(5 if bench.quick else 15, command, bare)
    ours_s, bare_s = medians(pairs)
    return Figure(
        row="start-up",
        what=f"{what} / bare interpreter",
        figure=median_ratio(pairs),
        unit="x",
        at_most=at_most,
        raw=f"{ours_s * 1e3:.0f} ms, python -I -c pass {bare_s * 1e3:.1f} ms, pairs: {len(pairs)}",
    )
