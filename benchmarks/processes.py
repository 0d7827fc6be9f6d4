"""Run a command to its end and say what it took; nothing of ours runs meanwhile."""

from __future__ import annotations

import os
import signal
import statistics
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

HERE = Path(__file__).resolve().parent
PYTHON = sys.executable
DEAD_AFTER_S = 300.0


class CommandFailedError(Exception):
    """A command that should have succeeded did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What one process took; `peak_mb` is the most memory it ever held."""

    seconds: float
    peak_mb: float
    stdout: str


def run(argv: Sequence[str], *, env: Mapping[str, str], scratch: Path) -> Finished:
    """Start `argv`, wait for it, and fail if it did."""
    out, err = scratch / "stdout", scratch / "stderr"
    redirections = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(out), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
        (os.POSIX_SPAWN_OPEN, 2, str(err), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
    ]
    started = time.perf_counter()
    pid = os.posix_spawn(argv[0], list(argv), dict(env), file_actions=redirections)
    watchdog = threading.Timer(DEAD_AFTER_S, os.kill, (pid, signal.SIGKILL))
    watchdog.start()
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - started
    watchdog.cancel()
    if status != 0:
        raise CommandFailedError(_explain(argv, status, err))
    return Finished(seconds=seconds, peak_mb=_megabytes(usage.ru_maxrss), stdout=out.read_text())


def _explain(argv: Sequence[str], status: int, err: Path) -> str:
    said = err.read_text(errors="replace").strip()[-2000:]
    return f"`{' '.join(argv)}` ended with {os.waitstatus_to_exitcode(status)}: {said}"


def _megabytes(maxrss: int) -> float:
    return maxrss / (1e6 if sys.platform == "darwin" else 1e6 / 1024)


def alternate(
    times: int, first: Callable[[], float], second: Callable[[], float]
) -> list[tuple[float, float]]:
    """Measure both `times` times, next to each other and in changing order, so that drift hits both."""
    pairs: list[tuple[float, float]] = []
    for turn in range(times):
        if turn % 2:
            late = second()
            pairs.append((first(), late))
        else:
            early = first()
            pairs.append((early, second()))
    return pairs


def median_ratio(pairs: Sequence[tuple[float, float]]) -> float:
    """Take the median of the ratios, each within its pair."""
    return statistics.median(first / second for first, second in pairs)


def medians(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Take the median of each side."""
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def plain_environment(home: Path) -> dict[str, str]:
    """Make an environment without the user's settings, keys and proxies."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    return {**kept, "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "NO_PROXY": "127.0.0.1"}


def peer_environment(home: Path) -> dict[str, str]:
    """Make the environment of the scripts in `peers`, which import `benchmarks.shapes`."""
    return {**plain_environment(home), "PYTHONPATH": str(HERE.parent), "LANGSMITH_TRACING": "false"}


def goflow_command() -> str:
    """Find the command a user types, as installed beside this interpreter."""
    command = Path(PYTHON).parent / "goflow"
    if not command.exists():
        raise CommandFailedError(f"`{command}` is not there; help: `pip install -e .` into this environment")
    return str(command)
