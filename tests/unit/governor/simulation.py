"""Calls against a simulated provider, with a simulated clock: a bucket alone, no file, no event loop."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from heapq import heappop, heappush
from typing import Final

from goflow.governor.bucket import Bucket
from goflow.governor.limits import NOTHING_TOLD, LimitsTold
from goflow.governor.tickets import Granted, Reason, Ticket
from tests.unit.governor.servers import Server, Slots

START: Final = 1_000_000.0
NETWORK_S: Final = 0.01


class Tells(Enum):
    """What a provider's answers say."""

    NOTHING = "bare 429"
    RETRY_AFTER = "Retry-After"
    HEADERS = "headers"


@dataclass(kw_only=True)
class Story:
    """So many calls, each ready at its moment, or all at once; `changes` happen to the server."""

    server: Server
    calls: int
    latency_s: float = 1.0
    refusal_s: float = 0.05
    tells: Tells = Tells.RETRY_AFTER
    tokens: float = 0.0
    ready_s: tuple[float, ...] = ()
    changes: tuple[tuple[float, Callable[[], None]], ...] = ()


@dataclass(kw_only=True)
class Outcome:
    """When calls were granted, and what came of that; seconds from the start."""

    wall_s: float = 0.0
    refused: int = 0
    peak: int = 0
    granted_s: list[float] = field(default_factory=list)
    pauses: set[float] = field(default_factory=set)
    reasons: set[Reason] = field(default_factory=set)

    def refused_share(self, calls: int) -> float:
        return self.refused / calls


def simulate(story: Story, bucket: Bucket, start: float = START) -> Outcome:
    """Go on until every call was answered."""
    return _Simulation(story, bucket, start).run()


class _Simulation:
    def __init__(self, story: Story, bucket: Bucket, start: float) -> None:
        self._story, self._bucket, self._start = story, bucket, start
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._made = self._waiting = self._flying = self._answered = 0
        self._outcome = Outcome()

    def run(self) -> Outcome:
        ready_s = self._story.ready_s or (0.0,) * self._story.calls
        for moment_s in ready_s:
            self._at(self._start + moment_s, self._join)
        for moment_s, change in self._story.changes:
            self._at(self._start + moment_s, _changing(change))
        while self._answered < len(ready_s):
            now, _, happen = heappop(self._events)
            happen(now)
            if not self._events or self._events[0][0] > now:
                self._let_go(now)
        return self._outcome

    def _at(self, moment: float, happen: Callable[[float], None]) -> None:
        self._made += 1
        heappush(self._events, (moment, self._made, happen))

    def _join(self, now: float) -> None:
        self._waiting += 1

    def _let_go(self, now: float) -> None:
        while self._waiting:
            answer = self._bucket.ask(now, self._story.tokens)
            if not isinstance(answer, Granted):
                self._outcome.reasons.add(answer.reason)
                if answer.next_look is not None:
                    assert answer.next_look > now
                    self._at(answer.next_look, lambda _: None)
                return
            self._waiting -= 1
            self._send(answer.ticket, now)

    def _send(self, ticket: Ticket, now: float) -> None:
        self._flying += 1
        self._outcome.granted_s.append(now - self._start)
        self._outcome.peak = max(self._outcome.peak, self._flying)
        self._at(now + NETWORK_S, lambda moment: self._arrive(ticket, moment))

    def _arrive(self, ticket: Ticket, now: float) -> None:
        story = self._story
        wait_s = story.server.take(now, story.tokens)
        told = story.server.told(now) if story.tells is Tells.HEADERS else NOTHING_TOLD
        if wait_s:
            asked_s = None if story.tells is Tells.NOTHING else float(math.ceil(wait_s))
            back = now + story.refusal_s - NETWORK_S
            self._at(back, lambda moment: self._refuse(ticket, moment, asked_s, told))
        else:
            back = now + story.latency_s - NETWORK_S
            self._at(back, lambda moment: self._answer(ticket, moment, told))

    def _answer(self, ticket: Ticket, now: float, told: LimitsTold) -> None:
        self._flying -= 1
        self._answered += 1
        self._outcome.wall_s = now - self._start
        if isinstance(self._story.server, Slots):
            self._story.server.left()
        self._bucket.settle(ticket, now, self._story.tokens, told)

    def _refuse(self, ticket: Ticket, now: float, asked_s: float | None, told: LimitsTold) -> None:
        self._flying -= 1
        self._waiting += 1
        self._outcome.refused += 1
        self._bucket.refuse(ticket, now, asked_s, told)
        self._outcome.pauses.add(self._bucket.state.epoch.paused_until_at)


def _changing(change: Callable[[], None]) -> Callable[[float], None]:
    return lambda _: change()
