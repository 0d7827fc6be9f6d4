"""What is done in one go while nobody else has a bucket's state: take in what ended, let go who may go."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from goflow.governor.bucket import Bucket
from goflow.governor.queue import Queue
from goflow.governor.store import OwnState
from goflow.governor.tickets import Granted, Reason, Wait

if TYPE_CHECKING:
    from goflow.governor.clock import Clock
    from goflow.governor.state import State
    from goflow.governor.store import Store

BUSY_S: Final = 0.05
"""When to try again where another process has the state and does not go on."""

_FIRST_POLL_S: Final = 0.01
_LONGEST_POLL_S: Final = 0.5
_JITTER_S: Final = 0.003
_LONG_S: Final = 60.0
"""A limit that is used up for longer is as good as a pause; less is how limits of so much a minute look."""

End: TypeAlias = Callable[[Bucket, float], None]
"""Tells a bucket how a call ended, and when."""


class Turnstile:
    """A bucket, where its state is, who waits for it, and what ended and was not taken in yet.

    `wait` says what the first of those who wait waits for.
    """

    def __init__(self, bucket: Bucket, store: Store, clock: Clock, warn: Callable[[str], None]) -> None:
        self.bucket = bucket
        self.queue = Queue()
        self.ended: list[End] = []
        self.wait = Wait(until=None, reason=Reason.BUSY)
        self._store = store
        self._clock = clock
        self._warn = warn
        self._poll_s = _FIRST_POLL_S

    def now(self) -> float:
        """Return the seconds since 1970."""
        return self._clock.now_ms() / 1000

    async def sleep(self, event: asyncio.Event, until: float | None) -> None:
        """Return when the event is set, or it is so late."""
        await self._clock.wait(event, None if until is None else math.ceil(1000 * until))

    def turn(self) -> None:
        """Take the state out once, and do with it all there is to do."""
        now = self.now()
        state = self._begin(now)
        if state is None:
            self.wait = Wait(until=now + BUSY_S, reason=Reason.BUSY)
            return
        self.bucket.state = state
        try:
            self._take_in(now)
            self._let_go(now)
        finally:
            self._end(now)

    def close(self) -> None:
        """Take in what ended and let the shared state go; what ends later is taken in here alone."""
        self.turn()
        self._store.close()
        self._store = OwnState(self.bucket.state)

    def _take_in(self, now: float) -> None:
        ended, self.ended = self.ended, []
        for end in ended:
            end(self.bucket, now)

    def _let_go(self, now: float) -> None:
        """Grant the first of the waiting, and so on, until one has to wait."""
        while (waiter := self.queue.first()) is not None:
            answer = self.bucket.ask(now, waiter.tokens)
            if not isinstance(answer, Granted):
                self.wait = self._polled(answer, now)
                if answer.until is not None and _is_pause(answer, now):
                    self.queue.turn_away(answer.until - now)
                return
            self.queue.pop()
            self._poll_s = _FIRST_POLL_S
            waiter.grant(answer.ticket)

    def _polled(self, wait: Wait, now: float) -> Wait:
        """Look again, ever less often, at what other processes may change; do not all wake at once."""
        if not self._store.others_in_flight():
            return wait
        look_at = wait.next_look
        if look_at is None:
            look_at = now + self._poll_s
            self._poll_s = min(2 * self._poll_s, _LONGEST_POLL_S)
        return replace(wait, look_at=look_at + random.random() * _JITTER_S)  # noqa: S311 - no secret

    def _begin(self, now: float) -> State | None:
        try:
            return self._store.begin(now)
        except OSError as error:
            return self._go_alone(error)

    def _end(self, now: float) -> None:
        try:
            self._store.end(now)
        except OSError as error:
            self._go_alone(error)

    def _go_alone(self, error: OSError) -> State:
        self._store.close()
        self._store = OwnState(self.bucket.state)
        self._warn(alone(error))
        return self.bucket.state


def _is_pause(wait: Wait, now: float) -> bool:
    """Whether the provider takes nothing, or what it tells of its limits comes to that."""
    return wait.reason is Reason.PAUSED or (wait.until is not None and wait.until - now > _LONG_S)


def alone(error: OSError) -> str:
    """Say that a bucket's state is not shared, and why."""
    return f"limits of calls are not shared with other runs: {error}"
