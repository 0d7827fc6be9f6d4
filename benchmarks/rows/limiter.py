"""What the limiter costs a call, and how it does against simulated quotas (`benchmarks/quotas.py`)."""

from __future__ import annotations

import statistics
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.processes import HERE, PYTHON, plain_environment, run
from benchmarks.quotas import CASES, simulated
from benchmarks.table import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.bench import Bench

MOST_US = 50.0


def measure(bench: Bench) -> Iterator[Figure]:
    """Time 10,000 grants alone, with a file, and with a file that two processes use at once."""
    count = 500 if bench.quick else 10_000
    repeats = 1 if bench.quick else 5
    yield _figure("in one process, nothing shared", count, [_in_memory(bench, count) for _ in range(repeats)])
    taken = [max(_at_once(bench, count, 1)) for _ in range(repeats)]
    yield _figure("shared file", count, taken)
    taken = [max(_at_once(bench, count, 2)) for _ in range(repeats)]
    yield _figure("shared file, two processes, over both", count, [(wall / 2, cpu) for wall, cpu in taken])
    yield _figure("shared file, two processes, in each", count, taken)
    for case in CASES:
        yield from simulated(case)


def _figure(what: str, count: int, taken: list[tuple[float, float]]) -> Figure:
    walls, cpus = zip(*taken, strict=True)
    raw = f"{count:,} grants each, {len(taken)} times: {min(walls):.1f} to {max(walls):.1f} us"
    raw += f", of which CPU {statistics.median(cpus):.1f} us"
    figure = statistics.median(walls)
    return Figure(row="limiter", what=f"a grant, {what}", figure=figure, unit="us", raw=raw, at_most=MOST_US)


def _in_memory(bench: Bench, count: int) -> tuple[float, float]:
    return _grants(bench.fast.path, count, "-", 0)


def _at_once(bench: Bench, count: int, processes: int) -> list[tuple[float, float]]:
    meeting = Path(tempfile.mkdtemp(prefix="limits-", dir=bench.fast.path))
    places = [meeting / f"scratch-{number}" for number in range(processes)]
    for place in places:
        place.mkdir()
    with ThreadPoolExecutor(processes) as pool:
        state = str(meeting / "state")
        return list(pool.map(lambda place: _grants(place, count, state, processes - 1), places))


def _grants(scratch: Path, count: int, state: str, others: int) -> tuple[float, float]:
    argv = [PYTHON, str(HERE / "peers" / "grants.py"), str(count), state, str(others)]
    wall_us, cpu_us = run(argv, env=plain_environment(scratch), scratch=scratch).stdout.split()
    return float(wall_us), float(cpu_us)
