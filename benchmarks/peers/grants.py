"""Grant and settle calls one after the other; print the microseconds each took, and those of CPU.

It is called with `COUNT STATE OTHERS`.

`STATE` is the folder of the shared files, or `-`. It begins when so many others do, which meet in the folder
above that.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

from goflow.governor import BucketKey, Limiter, LimitSpec
from goflow.runner.clock import SystemClock

KEY = BucketKey(provider="openai", address="https://api.example", model="m", secret="sk-1")
ENOUGH = LimitSpec(rpm=1e9, tpm=1e12, concurrency=1000)


async def main(count: int, folder: Path | None) -> tuple[float, float]:
    """Return the microseconds a grant, and how many of them were this process's."""
    limiter = Limiter.open(KEY, ENOUGH, folder, clock=SystemClock())
    started, started_cpu = time.perf_counter(), time.process_time()
    for _ in range(count):
        async with limiter.admit(tokens=1000) as call:
            call.settle(900)
    took_s, took_cpu_s = time.perf_counter() - started, time.process_time() - started_cpu
    limiter.close()
    return 1e6 * took_s / count, 1e6 * took_cpu_s / count


def meet(place: Path, others: int) -> None:
    """Return when all have come."""
    (place / f"came-{os.getpid()}").touch()
    while len(list(place.glob("came-*"))) <= others:
        time.sleep(0.0005)


if __name__ == "__main__":
    state = None if sys.argv[2] == "-" else Path(sys.argv[2])
    if state is not None:
        meet(state.parent, int(sys.argv[3]))
    print(*asyncio.run(main(int(sys.argv[1]), state)))
