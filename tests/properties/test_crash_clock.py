"""Clocks that are set back, during a run and between two owners of one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given, strategies as st

from goflow.events import Event
from goflow.runner.clock import OnwardClock
from goflow.testing import AutojumpClock, MemoryJournal
from tests.properties.lives import Story, live, remembering, stories

DELAYS_S = (0.0, 0.1, 0.7, 3.0)
HOUR_MS = 3_600_000
NOON_MS = 1_800_000_000_000


@dataclass
class ClockSetBack:
    """A clock that somebody sets back by an hour after it was looked at so often."""

    looks_left: int
    below: AutojumpClock = field(default_factory=AutojumpClock)
    back_ms: int = 0

    def now_ms(self) -> int:
        self.looks_left -= 1
        if self.looks_left == 0:
            self.back_ms = HOUR_MS
        return self.below.now_ms() - self.back_ms

    async def wait(self, event: asyncio.Event, until_ms: int | None) -> None:
        await self.below.wait(event, None if until_ms is None else until_ms + self.back_ms)

    async def sleep(self, seconds: float) -> None:
        await self.below.sleep(seconds)


def are_in_order(events: list[Event]) -> bool:
    return all(
        later.seq == earlier.seq + 1 and later.at_ms >= earlier.at_ms for earlier, later in pairwise(events)
    )


@given(story=stories(most_steps=6, delays_s=DELAYS_S), looks=st.integers(1, 40))
def test_a_clock_set_back_during_a_run_changes_neither_order_nor_ends(story: Story, looks: int) -> None:
    life = live(story, MemoryJournal(), ClockSetBack(looks))

    assert are_in_order(life.told)
    assert life.fates == live(story, MemoryJournal()).fates


@given(story=stories(most_steps=6, delays_s=DELAYS_S), data=st.data())
def test_an_owner_whose_clock_is_behind_goes_on_in_order_and_waits_no_longer(
    story: Story, data: st.DataObject
) -> None:
    whole = live(story, MemoryJournal(), AutojumpClock(NOON_MS))
    history = whole.told[: data.draw(st.integers(2, len(whole.told) - 1))]
    behind = AutojumpClock(NOON_MS - HOUR_MS)

    again = live(story, remembering(history), OnwardClock(behind, history[-1].at_ms))

    assert are_in_order([*history, *again.told])
    assert behind.now_ms() < NOON_MS - HOUR_MS // 2
    assert again.fates == whole.fates
