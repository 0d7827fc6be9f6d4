"""Run a workflow through the Python API and print the seconds that took: `JOURNAL WORKFLOW FOLDER`.

`file` is a run as it is. `memory` has the double from `goflow.testing` in place of the file. A run that is
given a journal has no folder, so it gets the reporter that writes one: both leave the same tree, and differ
in the journal alone.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from goflow import api
from goflow.reporters.run_folder import RunFolder
from goflow.testing import MemoryJournal

MOCK = api.RunOptions(backend="mock")


async def main(journal: str, workflow: str, folder: str) -> None:
    """Run once; loading is left out, as it is the same for both."""
    bundle = api.load(workflow)
    host = api.this_host(audit_dir=Path(folder))
    reporters: list[RunFolder] = []
    if journal == "memory":
        host = api.this_host(journal=MemoryJournal())
        reporters.append(RunFolder(folder, api.plan(bundle, options=MOCK), source=bundle.sources[0].content))
    started = time.perf_counter()
    run = await api.run(bundle, options=MOCK, host=host, reporters=reporters)
    seconds = time.perf_counter() - started
    if len(run.outputs) != len(run.plan.steps):
        sys.exit(f"{len(run.outputs)} of {len(run.plan.steps)} steps answered")
    print(seconds)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
