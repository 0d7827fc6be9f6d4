"""Run folders as they are on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from goflow.events import Event, Progress
from goflow.planning.plan import Plan
from goflow.reporters.run_folder import RunFolder

SOURCE = b"name: w\nsteps: []\n"
LATE_MS = 1_800_000_100_000


def open_folder(path: Path, plan: Plan, *, keeps_streams: bool = False) -> RunFolder:
    path.mkdir(exist_ok=True)
    return RunFolder(
        str(path),
        plan,
        source=SOURCE,
        keeps_streams=keeps_streams,
        now_ms=lambda: LATE_MS,
    )


def write_live(folder: RunFolder, events: Sequence[Event | Progress]) -> None:
    """Tell a folder what happens, each event by itself, and close it."""

    async def tell() -> None:
        for event in events:
            if isinstance(event, Progress):
                folder.on_progress(event)
            else:
                folder.on_events([event])
        await folder.close()

    asyncio.run(tell())


def rebuild(folder: RunFolder, events: Sequence[Event]) -> None:
    """Make a folder from events of the past."""

    async def tell() -> None:
        folder.rebuild(events)
        await folder.close()

    asyncio.run(tell())


def files_in(path: Path) -> dict[str, bytes]:
    """Return the content of every file by its name."""
    return {
        found.relative_to(path).as_posix(): found.read_bytes() for found in path.rglob("*") if found.is_file()
    }
