"""A run of 10,000 steps that was killed: how long until the first step that is left begins."""

from __future__ import annotations

import statistics
from datetime import datetime
from typing import TYPE_CHECKING

from benchmarks.processes import medians
from benchmarks.rows.http import serving
from benchmarks.rows.resume_case import Case
from benchmarks.shapes import LAYER_WIDTH
from benchmarks.table import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.bench import Bench
    from benchmarks.rows.resume_case import Going


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure from the process's start: the mock by its journal, models by the server's clock."""
    count = 500 if bench.quick else 10_000
    done = count * 9 // 10
    yield _with_mock(bench, count, done)
    yield _over_http(bench, count, done)


def _with_mock(bench: Bench, count: int, done: int) -> Figure:
    flag = f"--mock={_stalled(bench, done // LAYER_WIDTH)}"
    workflow = bench.write_workflow("layers", count)
    pairs = Case(bench=bench, workflow=workflow, done=done, flags=(flag,)).pairs(_until_begun_s)
    resumed_s, fresh_s = medians(pairs)
    return Figure(
        row="resume",
        what=f"start of the process to the first step left, {done:,} of {count:,} done, mock",
        figure=resumed_s,
        unit="s",
        at_most=1.0,
        raw=f"{resumed_s:.2f} s, to a fresh run's first step {fresh_s:.2f} s, pairs: {len(pairs)}",
    )


def _stalled(bench: Bench, layer: int) -> Path:
    """Write a script by which one layer of steps does not end."""
    script = bench.fast.path / "stalled.yaml"
    names = [f"s-{layer:04}-{place:02}" for place in range(LAYER_WIDTH)]
    lines = [f"  - {{step: {name}, answer: late, delay: 600s}}\n" for name in names]
    script.write_text(f"answers:\n{''.join(lines)}")
    return script


def _until_begun_s(going: Going) -> float:
    moment = datetime.fromisoformat(going.wait_for("attempt.started")["ts"])
    return moment.timestamp() - going.started_at


def _over_http(bench: Bench, count: int, done: int) -> Figure:
    with serving() as server:
        workflow = bench.write_workflow("layers", count, server.config())
        starts = Case(bench=bench, workflow=workflow, done=done).pairs(_start_of_one_answered)
    arrived = sorted(request["arrived"] for request in server.report().requests)
    pairs = [(_until_asked_s(arrived, resumed), _until_asked_s(arrived, fresh)) for resumed, fresh in starts]
    resumed_s, fresh_s = medians(pairs)
    return Figure(
        row="resume",
        what="first request of the same over HTTP, later than a fresh run's",
        figure=statistics.median(resumed - fresh for resumed, fresh in pairs),
        unit="s",
        at_most=0.5,
        raw=f"{resumed_s:.2f} s, fresh {fresh_s:.2f} s from the process's start, pairs: {len(pairs)}",
    )


def _start_of_one_answered(going: Going) -> float:
    """Return when a process was started, once it has had an answer."""
    going.wait_for("step.completed")
    return going.started_s


def _until_asked_s(arrived: Sequence[float], started_s: float) -> float:
    """Return how long after a start the first request came; the server's clock is that of this process."""
    return next(moment for moment in arrived if moment >= started_s) - started_s
