"""Runs that were left to themselves: their processes, what ends them, and when they have ended."""

from __future__ import annotations

import json
import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from goflow.journal.lock import is_owned
from tests.flows.goflow_process import LONGEST_S, Done, goflow

LOG = "detached.log"


def start(*arguments: str) -> str:
    """Start a detached run to a good beginning and return its id."""
    return id_of(goflow(*arguments, "--detach"))


def id_of(done: Done) -> str:
    assert done.code == 0, done.stderr
    [line] = done.stdout.decode().splitlines()
    return line


def folder_of(run_id: str) -> Path:
    [folder] = [folder for folder in run_folders() if run_id in (folder / "events.jsonl").read_text()]
    return folder


def run_folders() -> list[Path]:
    return list(Path(".workflow-runs").glob("*/"))


def process_of(folder: Path) -> int:
    """Return the process that owns a run now, or did last."""
    return int(json.loads((folder / "lock").read_bytes())["pid"])


def wait_for_end(process: int) -> None:
    """Return when a process, which is nobody's child here, has ended."""
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(process)
        try:
            assert select.select([handle], [], [], LONGEST_S)[0], f"process {process} goes on"
        finally:
            os.close(handle)


@contextmanager
def none_left() -> Iterator[None]:
    """End what is left of the runs below the current folder when the block ends."""
    try:
        yield
    finally:
        for folder in run_folders():
            if is_owned(folder):
                os.kill(process_of(folder), signal.SIGKILL)
                wait_for_end(process_of(folder))
