"""What every row needs: places to write in, clean environments, and goflow itself."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.processes import Finished, goflow_command, plain_environment, run
from benchmarks.shapes import SHAPES, as_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.places import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One run of the benchmarks; `quick` asks for small sizes, which no bound is meant for."""

    places: dict[str, Place]
    quick: bool

    @property
    def fast(self) -> Place:
        """The place where files cost least: tmpfs, else the disk."""
        return self.places.get("tmpfs") or self.places["disk"]

    def repeats(self, place: Place) -> int:
        """Say how often 10,000 steps are measured: on disk, where files may cost much, less often."""
        if self.quick:
            return 1
        return 5 if place.name == "tmpfs" else 2

    def write_workflow(self, shape_name: str, count: int, config: dict[str, object] | None = None) -> Path:
        """Write a shape as a workflow file."""
        path = self.fast.path / f"{shape_name}-{count}.yaml"
        path.write_text(as_yaml(shape_name, SHAPES[shape_name](count), config))
        return path

    def goflow(self, *arguments: str, env: dict[str, str] | None = None) -> Finished:
        """Run the goflow command to its end."""
        environment = plain_environment(self.fast.path) | (env or {})
        return run([goflow_command(), *arguments], env=environment, scratch=self.fast.path)

    def mock_run(self, workflow: Path, place: Place, more: Sequence[str] = ()) -> float:
        """Time a whole mock run that leaves its run folder in `place`, then remove that."""
        return self.mock_run_kept(workflow, self.empty(place), more)

    def mock_run_kept(self, workflow: Path, audit: Path, more: Sequence[str] = ()) -> float:
        """Time a whole mock run that leaves its run folder under `audit`."""
        flags = ("--mock", "--audit-dir", str(audit), "--progress", "none", *more)
        return self.goflow("run", str(workflow), *flags).seconds

    def empty(self, place: Place) -> Path:
        """Make an empty folder in `place`, with nothing left to be written back from before.

        On disk the folders of before stay until the end: where many files had just been removed, each new
        one was seen to cost up to forty times as much.
        """
        if place.name == "disk":
            os.sync()
        else:
            for folder in place.path.glob("runs-*"):
                shutil.rmtree(folder)
        return Path(tempfile.mkdtemp(prefix="runs-", dir=place.path))
