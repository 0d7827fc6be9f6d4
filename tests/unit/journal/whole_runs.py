"""Run folders with sources, long texts and a journal of several batches."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from goflow.events import Event, Fact, SourceRecord, StepCompleted
from goflow.journal.blobs import LONGEST_TEXT
from goflow.journal.file import FileJournal
from goflow.journal.sources import write_sources
from goflow.workflow import SourceFile, SourceRole
from tests.unit.journal.facts import CREATED, ENDED, claimed, number, started

FLOW = b"name: flow\r\nsteps:\n  - {id: a, prompt: Say something}\n  - {id: b, prompt: two}\n"
LONG = "long \u2028 ü " * LONGEST_TEXT
SURROGATE = "\ud800" * (LONGEST_TEXT + 1)
"""A long text that UTF-8 has no place for."""


def source(path: str, content: bytes, role: SourceRole) -> SourceFile:
    return SourceFile(role=role, path=path, digest=sha256(content).hexdigest(), content=content)


SOURCES = (
    source("/w/flow.yaml", FLOW, SourceRole.WORKFLOW),
    source("/w/picture.png", b"\x89PNG\xff", SourceRole.ATTACHMENT),
    source("/w/../w/\x1b[31m.txt", b"\x89PNG\xff", SourceRole.ATTACHMENT),
)
RECORDS = tuple(SourceRecord(role=file.role, path=file.path, digest=file.digest) for file in SOURCES)
BEGUN = replace(CREATED, sources=RECORDS, workflow_path="/w/flow.yaml", workspace="/w")


def answered(step: str, output: str) -> StepCompleted:
    return StepCompleted(step=step, attempt=1, output=output)


STORY: tuple[Fact, ...] = (
    BEGUN,
    claimed(1),
    started("a", LONG),
    answered("a", SURROGATE),
    started("b", "Ünicode"),
    answered("b", LONG),
    ENDED,
)


def keep(folder: Path, facts: Sequence[Fact] = STORY, batch: int = 2) -> list[Event]:
    """Make a run folder whose journal has these facts, `batch` of them in each batch."""
    folder.mkdir(exist_ok=True)
    write_sources(folder, SOURCES)
    events = number(list(facts))

    async def main() -> None:
        async with FileJournal(folder) as journal:
            for first in range(0, len(events), batch):
                part = events[first : first + batch]
                await journal.append(part, expected_seq=first, epoch=99)

    asyncio.run(main())
    return events
