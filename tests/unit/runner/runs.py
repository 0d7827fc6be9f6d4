"""Runs without files: a plan, a backend that is told what to answer, a clock that jumps."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from goflow.backends.base import Backend
from goflow.events import Event, Fact, Progress, RunClaimed, RunCreated
from goflow.journal.base import Journal
from goflow.planning.plan import Plan
from goflow.reporters.base import Reporter
from goflow.reporters.guarded import Guarded
from goflow.runner.attempt import Workplace
from goflow.runner.clock import Clock
from goflow.runner.loop import RunLoop, Surroundings
from goflow.runner.masking import Masker
from goflow.runner.people import Answerer, Nobody
from goflow.runner.publish import Publisher
from goflow.runner.purse import purse_of
from goflow.scheduler import RunState, replay
from goflow.testing import AutojumpClock, MemoryJournal, ScriptedBackend

CREATED = RunCreated(run_id="r-1", workflow_name="w", workflow_path="/w", workspace="/", goflow_version="0")


@dataclass
class Memo:
    """A reporter that remembers."""

    events: list[Event] = field(default_factory=list)
    pieces: list[Progress] = field(default_factory=list)

    def on_events(self, batch: Sequence[Event]) -> None:
        self.events.extend(batch)

    def on_progress(self, progress: Progress) -> None:
        self.pieces.append(progress)

    async def close(self) -> None:
        return

    def facts(self, *kinds: type[Fact]) -> list[Fact]:
        return [event.fact for event in self.events if isinstance(event.fact, kinds)]


@dataclass
class Stage:
    """Everything one run is made with; fields may be replaced before `run`."""

    plan: Plan
    clock: Clock = field(default_factory=AutojumpClock)
    journal: Journal = field(default_factory=MemoryJournal)
    answerer: Answerer = field(default_factory=Nobody)
    secrets: tuple[str, ...] = ()
    memo: Memo = field(default_factory=Memo)
    others: Sequence[Reporter] = ()
    """Reporters that are told before the memo."""
    warnings: list[str] = field(default_factory=list)
    loop: RunLoop | None = None

    async def drive(self, backend: Backend) -> RunState:
        history = self.journal.read()
        state = replay(self.plan, history)
        publisher = Publisher(
            state,
            journal=self.journal,
            reporters=[*(Guarded(each, self.warnings.append) for each in self.others), self.memo],
            clock=self.clock,
            masker=Masker(self.secrets),
        )
        self.loop = RunLoop(
            state,
            Surroundings(
                publisher=publisher,
                backend=backend,
                purse=purse_of(self.plan, history),
                clock=self.clock,
                chance=lambda: 0.5,
                answerer=self.answerer,
                warn=self.warnings.append,
                place=Workplace(run_id="r-1", workspace="."),
            ),
        )
        claim = RunClaimed(epoch=state.epoch + 1, owner="test")
        await self.loop.drive([claim] if history else [CREATED, claim])
        return state

    def run(self, backend: Backend | None = None) -> RunState:
        return asyncio.run(self.drive(backend or ScriptedBackend(clock=self.clock)))
