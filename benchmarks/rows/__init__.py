"""The rows of the table, by the names `--only` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import forecast
from benchmarks.rows import (
    journal,
    limiter,
    limits,
    makespan,
    priority,
    resume,
    scale,
    start_up,
    steps,
    streams,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.bench import Bench
    from benchmarks.table import Figure

ROWS: dict[str, Callable[[Bench], Iterator[Figure]]] = {
    "start-up": start_up.measure,
    "fan-out": steps.measure_fan_out,
    "layers": steps.measure_layers,
    "scale": scale.measure,
    "journal": journal.measure,
    "makespan": makespan.measure,
    "priority": priority.measure,
    "streams": streams.measure,
    "limiter": limiter.measure,
    "limits": limits.measure,
    "resume": resume.measure,
    "forecast": forecast.measure,
}
