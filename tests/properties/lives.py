"""Runs of the real loop whose owners may die, each told again from its journal by the next one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from hypothesis import strategies as st

from goflow.backends.base import Outcome, Ports, Request, Success
from goflow.events import (
    AttemptFailed,
    AttemptStarted,
    Event,
    Failure,
    QuestionAnswered,
    QuestionAsked,
)
from goflow.journal.base import Journal
from goflow.journal.blobs import LONGEST_TEXT
from goflow.planning.plan import Plan
from goflow.runner.clock import Clock
from goflow.scheduler import RunState
from goflow.testing import AutojumpClock, MemoryJournal, PowerLost, ScriptedBackend
from tests.properties.drive import STEP_ENDS
from tests.properties.worlds import LASTING, OUTPUTS, PASSING, UNAVAILABLE, worlds
from tests.unit.runner.runs import Stage

LONG = "long"
"""Stands for an output that is kept as a blob."""

ENDINGS: tuple[str | Failure, ...] = (*OUTPUTS, LONG, LONG, PASSING, PASSING, LASTING, UNAVAILABLE)
SCRIPTS = st.lists(st.sampled_from(ENDINGS), min_size=1, max_size=4).map(tuple)
MODELS = ((None,), ("first",), ("first", "second"))

Asked: TypeAlias = tuple[str, int, str | None, str]
"""A request as far as it must not differ after a crash: step, failures before it, model, prompt."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """A plan, and what does not depend on who owns the run: answers, how long they take, who asks people."""

    plan: Plan
    script: dict[str, tuple[str | Failure, ...]]
    asking: frozenset[str]
    delays: dict[str, float]


@st.composite
def stories(draw: st.DrawFn, most_steps: int, delays_s: Sequence[float] = (0.0,)) -> Story:
    """Draw a world without timeouts, of which nobody could say how it ends if its owner dies."""
    plan = draw(worlds(most_steps, timeouts_s=(None,))).plan
    names = list(plan.steps)
    models = {name: draw(st.sampled_from(MODELS)) for name in names}
    steps = {name: replace(step, models=models[name]) for name, step in plan.steps.items()}
    return Story(
        plan=replace(plan, steps=steps),
        script={name: draw(SCRIPTS) for name in names},
        asking=draw(st.frozensets(st.sampled_from(names))),
        delays={name: draw(st.sampled_from(delays_s)) for name in names},
    )


@dataclass(kw_only=True)
class Asking:
    """A backend some of whose steps ask a person before they answer; it notes each request as it comes."""

    scripted: ScriptedBackend
    asking: frozenset[str]
    requests: list[Request] = field(default_factory=list)

    async def run(self, request: Request, ports: Ports) -> Outcome:
        self.requests.append(request)
        said = await ports.ask(f"what of {request.step}?") if request.step in self.asking else ""
        outcome = await self.scripted.run(request, ports)
        if isinstance(outcome, Success):
            text = outcome.output * LONGEST_TEXT if outcome.output == LONG else outcome.output
            return replace(outcome, output=text + said)
        return outcome

    def versions(self) -> dict[str, str]:
        return {}


@dataclass
class Person:
    """Somebody who always says the same, and counts how often."""

    asked: list[str] = field(default_factory=list)

    async def answer(self, question: QuestionAsked) -> tuple[str, str]:
        self.asked.append(question.question_id)
        return f"said of {question.step}", "person"


@dataclass
class Mortal:
    """A journal whose owner dies in the place of one of its appends, while others go on."""

    kept: MemoryJournal
    appends_left: int

    async def append(self, batch: Sequence[Event], *, expected_seq: int, epoch: int) -> None:
        for _ in range(3):
            await asyncio.sleep(0)
        if self.appends_left == 0:
            raise PowerLost
        self.appends_left -= 1
        await self.kept.append(batch, expected_seq=expected_seq, epoch=epoch)

    def read(self, after: int = 0) -> Sequence[Event]:
        return self.kept.read(after)

    def tail(self, after: int = 0) -> AsyncIterator[Event]:
        return self.kept.tail(after)


@dataclass(kw_only=True)
class Life:
    """What one owner was told of the run, what it asked, what it believed, and whether it died."""

    stage: Stage
    backend: Asking
    person: Person
    has_died: bool = False

    @property
    def told(self) -> list[Event]:
        return self.stage.memo.events

    @property
    def state(self) -> RunState:
        assert self.stage.loop is not None
        return self.stage.loop._state

    @property
    def asked(self) -> list[Asked]:
        return sorted(map(asked, self.backend.requests), key=repr)

    @property
    def fates(self) -> tuple[object, ...]:
        steps = {name: (step.status, step.failed_attempts) for name, step in self.state.steps.items()}
        return self.state.status, steps, self.state.outputs, self.state.failures


def live(
    story: Story, journal: Journal | AbstractAsyncContextManager[Journal], clock: Clock | None = None
) -> Life:
    """Own the run until it ends, or the journal does."""
    clock = clock or AutojumpClock()
    scripted = ScriptedBackend(story.script, clock=clock, delays=story.delays)
    person = Person()
    stage = Stage(story.plan, clock=clock, answerer=person)
    life = Life(stage=stage, backend=Asking(scripted=scripted, asking=story.asking), person=person)
    opened = journal if isinstance(journal, AbstractAsyncContextManager) else nullcontext(journal)

    async def main() -> None:
        async with opened as stage.journal:
            await stage.drive(life.backend)

    try:
        asyncio.run(main())
    except* PowerLost:
        life.has_died = True
    return life


def remembering(events: Sequence[Event]) -> MemoryJournal:
    """Return a journal that holds these events."""
    journal = MemoryJournal()
    asyncio.run(journal.append(events, expected_seq=0, epoch=0))
    return journal


def asked(request: Request) -> Asked:
    return request.step, request.failed_attempts, request.model, request.prompt


def left_to_ask(whole: Sequence[Asked], events: Sequence[Event]) -> list[Asked]:
    """Return the requests of an undisturbed run whose ends are not among these events."""
    ended = {event.fact.step for event in events if isinstance(event.fact, STEP_ENDS)}
    failed = Counter(event.fact.step for event in events if isinstance(event.fact, AttemptFailed))
    return [request for request in whole if request[0] not in ended and request[1] >= failed[request[0]]]


def answered(events: Sequence[Event]) -> set[str]:
    return {event.fact.question_id for event in events if isinstance(event.fact, QuestionAnswered)}


def starts(events: Sequence[Event]) -> set[tuple[str, int]]:
    return {
        (event.fact.step, event.fact.attempt) for event in events if isinstance(event.fact, AttemptStarted)
    }
