"""Where a run lives.

Folders, variables, the user's settings, and what tests put in place of the real world.
"""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goflow.journal.files import DISK, Files
from goflow.runner.clock import Clock, SystemClock
from goflow.settings import Settings, read_settings
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.backends.base import OpenBackend
    from goflow.journal.base import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """The surroundings of a run.

    `audit_dir` overrides the workflow's and the user's. `mock_script` is a file of answers for the mock
    backend, `recording` what a replay is answered from: a file, or what a run is called. `keeps_streams`
    keeps the `stream.jsonl` also of runs that do not stream; `probes` asks models once that are said to take
    no requests for long. `backend` and `journal` replace those that the run would open: with a journal of its
    own a run has no folder. `files` is what the journal and the sources are written with. `warn` is told what
    went wrong on the side and stops nothing.
    """

    cwd: Path
    home: Path
    environ: Mapping[str, str]
    settings: Settings
    audit_dir: Path | None = None
    mock_script: Path | None = None
    recording: str | None = None
    keeps_streams: bool = False
    probes: bool = False
    backend: OpenBackend | None = None
    journal: Journal | None = None
    files: Files = DISK
    clock: Clock = field(default_factory=SystemClock)
    chance: Callable[[], float] = random.random
    warn: Callable[[str], None] = logging.getLogger("goflow").warning


def this_host(**changes: Any) -> Host:  # noqa: ANN401 - the fields of `Host`, each with its own type
    """Return this process's surroundings, read once, with some of them replaced."""
    environ, home = dict(os.environ), Path.home()
    given = {"cwd": Path.cwd(), "home": home, "environ": environ, **changes}
    settings = given.pop("settings", None) or read_settings(environ, home)
    return Host(settings=settings, **given)
