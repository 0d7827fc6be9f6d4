"""Run the benchmarks and print one table."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
import time
from typing import TYPE_CHECKING

from benchmarks.bench import Bench
from benchmarks.places import find_places, machine_facts
from benchmarks.processes import CommandFailedError
from benchmarks.rows import ROWS
from benchmarks.table import Figure, render, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.places import Place


def main() -> int:
    """Measure what is asked for; 1 if a bound is not met or a row could not be measured."""
    flags = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    flags.add_argument("--quick", action="store_true", help="small sizes, which no bound is judged by")
    flags.add_argument(
        "--only", metavar="ROW", action="append", choices=ROWS, help=f"one of: {', '.join(ROWS)}"
    )
    chosen = flags.parse_args()
    judged = not chosen.quick
    started = time.monotonic()
    with scratch_places() as places:
        print(*machine_facts(places), sep="\n", flush=True)
        bench = Bench(places=places, quick=chosen.quick)
        figures = [figure for row in chosen.only or ROWS for figure in measure(bench, row)]
        took_s = time.monotonic() - started
        print("", render(figures, judged=judged), "", f"{took_s:.0f} s in all", sep="\n", flush=True)
    return int(any(verdict(figure, judged=judged) in {"NOT MEASURED", "NOT MET"} for figure in figures))


def measure(bench: Bench, row: str) -> Iterator[Figure]:
    """Measure one row, saying each figure as it comes; a command that failed is a figure too."""
    try:
        for figure in ROWS[row](bench):
            print(f"{figure.row}: {figure.what}: {figure.raw}", file=sys.stderr, flush=True)
            yield figure
    except CommandFailedError as failure:
        yield Figure(
            row=row, what="a command failed", figure=None, unit="", raw=" ".join(str(failure).split())
        )


@contextlib.contextmanager
def scratch_places() -> Iterator[dict[str, Place]]:
    """Make the folders to write in, stand in one of them, and remove them at the end."""
    places = find_places()
    os.chdir(next(iter(places.values())).path)
    try:
        yield places
    finally:
        os.chdir("/")
        for place in places.values():
            shutil.rmtree(place.path, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
