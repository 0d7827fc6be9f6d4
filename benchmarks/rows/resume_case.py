"""A run that is started, looked at while it goes on, and killed: anew, or gone on with from a copy."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.processes import (
    DEAD_AFTER_S,
    CommandFailedError,
    alternate,
    goflow_command,
    plain_environment,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.bench import Bench

LOOK_EVERY_S = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One workflow with one backend, and how many of its steps are done when it is killed."""

    bench: Bench
    workflow: Path
    done: int
    flags: tuple[str, ...] = ()

    @contextmanager
    def going(self, verb: str, audit: Path, *flags: str) -> Iterator[Going]:
        """Start the command, and kill it at the end of the block."""
        environment = plain_environment(self.bench.fast.path)
        argv = [goflow_command(), verb, *flags, "--audit-dir", str(audit), "--progress", "none"]
        null = subprocess.DEVNULL
        known = sum(journal.stat().st_size for journal in journals(audit))
        started_s, started_at = time.monotonic(), time.time()
        with subprocess.Popen(argv, env=environment, stdin=null, stdout=null, stderr=null) as process:
            try:
                yield Going(process, audit, known=known, started_s=started_s, started_at=started_at)
            finally:
                process.kill()

    def killed(self) -> Path:
        """Run until so many steps are done, kill that, and return the folder of the run's folder."""
        audit = self.bench.empty(self.bench.fast)
        with self.going("run", audit, str(self.workflow), *self.flags) as run:
            run.wait_for("step.completed", self.done)
        return audit

    def pairs(self, measured: Callable[[Going], float]) -> list[tuple[float, float]]:
        """Measure a resume and a fresh run next to each other, each in a folder of its own."""
        killed, names = self.killed(), (self.bench.fast.path / f"again-{n}" for n in itertools.count())

        def resume() -> float:
            audit = next(names)
            shutil.copytree(killed, audit)
            return once(audit, "resume", "@last")

        def start() -> float:
            return once(next(names), "run", str(self.workflow), *self.flags)

        def once(audit: Path, verb: str, *flags: str) -> float:
            with self.going(verb, audit, *flags) as going:
                figure = measured(going)
            shutil.rmtree(audit)
            return figure

        return alternate(1 if self.bench.quick else 7, resume, start)


@dataclass(frozen=True, slots=True)
class Going:
    """A run that goes on, and what it has written since it was started."""

    process: subprocess.Popen[bytes]
    audit: Path
    known: int
    started_s: float
    started_at: float

    def wait_for(self, kind: str, count: int = 1) -> dict[str, Any]:
        """Wait until the journal has so many new events of a kind, and return the first."""
        wanted = b'"type":"%s"' % kind.encode()
        found = list(itertools.islice((line for line in self.new_lines() if wanted in line), count))
        return dict(json.loads(found[0]))

    def new_lines(self) -> Iterator[bytes]:
        """Yield each line of the journal that has come since the start, when it has come."""
        until_s, place, rest = self.started_s + DEAD_AFTER_S, self.known, b""
        while time.monotonic() < until_s and self.process.poll() is None:
            for journal in journals(self.audit):
                with journal.open("rb") as file:
                    file.seek(place)
                    *lines, rest = (rest + file.read()).split(b"\n")
                    place = file.tell()
                yield from lines
            time.sleep(LOOK_EVERY_S)
        raise CommandFailedError(f"`goflow` ended too early, or goes on after {DEAD_AFTER_S:.0f} s")


def journals(audit: Path) -> list[Path]:
    """Return the journal of the one run below a folder, if it is there yet."""
    return list(audit.glob("*/events.jsonl"))
