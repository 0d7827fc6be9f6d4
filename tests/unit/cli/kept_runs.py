"""Run folders by hand: of ours with a journal alone, and of the original goflow."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from goflow.events import Event, Fact, RunClaimed, RunFinished, RunStatus
from goflow.journal.file import FileJournal
from tests.unit.projections.runs import CLAIMED, CREATED

RUNS: Final = Path(".workflow-runs")
START_MS: Final = 1_774_881_125_000
"""2026-03-30T14:32:05 in UTC."""
COMPLETED: Final = RunFinished(status=RunStatus.COMPLETED)


def keep_run(
    *facts: Fact,
    run_id: str = "r-1",
    name: str = "w",
    after_s: int = 0,
    is_claimed: bool = True,
    **of: object,
) -> Path:
    """Write a run that began so many seconds later; its facts are one second apart."""
    folder = RUNS / f"2026-03-30T14-{32 + after_s // 60:02}-{after_s % 60:02}_{run_id}"
    folder.mkdir(parents=True)
    created = replace(CREATED, run_id=run_id, workflow_name=name, **of)  # type: ignore[arg-type]
    told = [created, *([CLAIMED] if is_claimed else []), *facts]
    events = [
        Event(seq, START_MS + 1000 * (after_s + seq - 1), fact) for seq, fact in enumerate(told, start=1)
    ]
    asyncio.run(_append(folder, events))
    return folder


async def _append(folder: Path, events: list[Event]) -> None:
    epoch = 0
    async with FileJournal(folder) as journal:
        for event in events:
            epoch = event.fact.epoch if isinstance(event.fact, RunClaimed) else epoch
            await journal.append([event], expected_seq=event.seq - 1, epoch=epoch)


def keep_original(
    run_id: str = "old-1", steps: Mapping[str, Mapping[str, object]] | None = None, **meta: object
) -> Path:
    """Write a run as the original does; `steps` are its folders with `prompt`, `output` and the meta."""
    folder = RUNS / f"2026-03-29T10-00-00_{run_id}"
    folder.mkdir(parents=True)
    told = {
        "run_id": run_id,
        "workflow_name": "old",
        "started_at": "2026-03-29T10:00:00.123456789Z",
        "completed_at": "2026-03-29T10:00:09Z",
        "status": "completed",
        "inputs": {"files": "*.go"},
        **meta,
    }
    (folder / "workflow.meta.json").write_text(json.dumps(told))
    for name, of in (steps or {}).items():
        keep_step(folder / "steps" / name, of)
    return folder


def keep_step(folder: Path, of: Mapping[str, object]) -> None:
    folder.mkdir(parents=True)
    for part in ("prompt", "output"):
        content = of.get(part)
        if content is not None:
            (folder / f"{part}.md").write_bytes(
                content if isinstance(content, bytes) else str(content).encode()
            )
    meta = {key: value for key, value in of.items() if key not in {"prompt", "output"}}
    if meta:
        (folder / "step.meta.json").write_text(json.dumps(meta))


OLD_STEPS: Final[Mapping[str, Mapping[str, object]]] = {
    "00_scan": {
        "step_id": "scan",
        "agent": "scanner",
        "model": "gpt-4o",
        "status": "completed",
        "started_at": "2026-03-29T10:00:01Z",
        "completed_at": "2026-03-29T10:00:04Z",
        "duration_seconds": 3.0,
        "throttled_seconds": 0.0,
        "prompt": "Scan *.go",
        "output": "ISSUES FOUND",
    },
    "01_fix": {
        "step_id": "fix",
        "agent": "fixer",
        "status": "failed",
        "started_at": "2026-03-29T10:00:04Z",
        "completed_at": "0001-01-01T00:00:00Z",
        "duration_seconds": 5.0,
        "throttled_seconds": 0.0,
        "error": "no such model",
        "prompt": "Fix it",
    },
    "01_report": {
        "step_id": "report",
        "status": "skipped",
        "started_at": "0001-01-01T00:00:00Z",
        "skip_reason": "condition not met: step 'scan' does not contain 'CLEAN'",
    },
}
