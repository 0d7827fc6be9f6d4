"""What every journal does, whatever it keeps its events in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

from goflow.errors import Fenced
from goflow.events import Event, RunFinished, RunStatus
from goflow.journal.base import Journal
from goflow.journal.file import FileJournal
from goflow.journal.memory import MemoryJournal
from tests.unit.journal.facts import CREATED, ENDED, claimed, number, started

OPENING = number([CREATED, claimed(1)])


@asynccontextmanager
async def open_memory(_folder: Path) -> AsyncIterator[Journal]:
    yield MemoryJournal()


@asynccontextmanager
async def open_file(folder: Path) -> AsyncIterator[Journal]:
    async with FileJournal(folder) as journal:
        yield journal


@pytest.fixture(params=[open_memory, open_file], ids=["memory", "file"])
def play(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[Callable[[Journal], Awaitable[None]]], None]:
    """Return what runs a story on a new journal that holds an opening."""

    def play_story(story: Callable[[Journal], Awaitable[None]]) -> None:
        async def main() -> None:
            async with request.param(tmp_path) as journal:
                await journal.append(OPENING, expected_seq=0, epoch=0)
                await story(journal)

        asyncio.run(main())

    return play_story


Play: TypeAlias = Callable[[Callable[[Journal], Awaitable[None]]], None]


def test_what_was_appended_is_read_in_order(play: Play) -> None:
    async def story(journal: Journal) -> None:
        more = number([started("a"), started("b")], after=2)
        await journal.append(more[:1], expected_seq=2, epoch=1)
        await journal.append(more[1:], expected_seq=3, epoch=1)

        assert list(journal.read()) == [*OPENING, *more]
        assert list(journal.read(after=3)) == more[1:]
        assert list(journal.read(after=4)) == []

    play(story)


def test_an_empty_batch_changes_nothing(play: Play) -> None:
    async def story(journal: Journal) -> None:
        await journal.append([], expected_seq=2, epoch=1)

        assert list(journal.read()) == OPENING

    play(story)


def test_batches_appended_at_the_same_time_follow_each_other(play: Play) -> None:
    more = number([started(f"s{count}") for count in range(50)], after=2)

    async def story(journal: Journal) -> None:
        async with asyncio.TaskGroup() as group:
            for event in more:
                group.create_task(journal.append([event], expected_seq=event.seq - 1, epoch=1))

        assert list(journal.read()) == [*OPENING, *more]

    play(story)


@pytest.mark.parametrize("expected_seq", [0, 1, 3])
def test_an_owner_that_has_not_seen_the_end_is_fenced(play: Play, expected_seq: int) -> None:
    async def story(journal: Journal) -> None:
        with pytest.raises(Fenced, match=f"its last event is 2, not {expected_seq}"):
            await journal.append(
                number([started("a")], after=expected_seq), expected_seq=expected_seq, epoch=1
            )

        assert list(journal.read()) == OPENING

    play(story)


def test_an_owner_of_an_earlier_epoch_is_fenced(play: Play) -> None:
    async def story(journal: Journal) -> None:
        await journal.append(number([claimed(2)], after=2), expected_seq=2, epoch=1)

        with pytest.raises(Fenced, match="its epoch is 2, not 1"):
            await journal.append(number([started("a")], after=3), expected_seq=3, epoch=1)

        await journal.append(number([started("a")], after=3), expected_seq=3, epoch=2)

    play(story)


def test_an_epoch_is_claimed_once(play: Play) -> None:
    async def story(journal: Journal) -> None:
        with pytest.raises(Fenced, match="the epoch 1 is claimed already"):
            await journal.append(number([claimed(1)], after=2), expected_seq=2, epoch=1)

    play(story)


def test_after_a_refusal_the_owner_with_the_right_view_goes_on(play: Play) -> None:
    async def story(journal: Journal) -> None:
        with pytest.raises(Fenced):
            await journal.append(number([started("a")], after=7), expected_seq=7, epoch=1)
        await journal.append(number([started("b")], after=2), expected_seq=2, epoch=1)

        assert [event.fact for event in journal.read(after=2)] == [started("b")]

    play(story)


def test_a_batch_whose_numbers_have_a_gap_is_a_bug_and_not_kept(play: Play) -> None:
    async def story(journal: Journal) -> None:
        with pytest.raises(ValueError, match="event 4 of a batch stands where 3 belongs"):
            await journal.append(number([started("a")], after=3), expected_seq=2, epoch=1)

        assert list(journal.read()) == OPENING

    play(story)


async def collect(journal: Journal, after: int, seen: list[Event]) -> None:
    seen.extend([event async for event in journal.tail(after)])


def test_a_tail_sees_what_was_there_and_what_comes_and_ends_with_the_run(play: Play) -> None:
    more = number([started("a"), started("b"), ENDED], after=2)

    async def story(journal: Journal) -> None:
        seen: list[Event] = []
        late: list[Event] = []
        async with asyncio.TaskGroup() as group:
            group.create_task(collect(journal, 0, seen))
            group.create_task(collect(journal, 3, late))
            for event in more:
                await journal.append([event], expected_seq=event.seq - 1, epoch=1)

        assert seen == [*OPENING, *more]
        assert late == more[1:]

    play(story)


def test_a_tail_sees_what_comes_while_it_tells_of_what_was_there(play: Play) -> None:
    more = number([started("a"), ENDED], after=2)

    async def story(journal: Journal) -> None:
        seen: list[Event] = []
        async for event in journal.tail():
            seen.append(event)
            if event.seq == 1:
                await journal.append(more, expected_seq=2, epoch=1)

        assert seen == [*OPENING, *more]

    play(story)


def test_a_tail_goes_through_ends_after_which_the_run_went_on(play: Play) -> None:
    again = number([RunFinished(status=RunStatus.FAILED), claimed(2), ENDED], after=2)

    async def story(journal: Journal) -> None:
        await journal.append(again[:2], expected_seq=2, epoch=1)
        await journal.append(again[2:], expected_seq=4, epoch=2)
        seen: list[Event] = []

        await collect(journal, 0, seen)

        assert seen == [*OPENING, *again]

    play(story)


def test_a_tail_of_a_run_that_has_ended_ends_at_once(play: Play) -> None:
    async def story(journal: Journal) -> None:
        await journal.append(number([ENDED], after=2), expected_seq=2, epoch=1)
        seen: list[Event] = []

        await collect(journal, 3, seen)

        assert seen == []

    play(story)


def test_a_tail_that_nobody_wants_any_more_can_be_cancelled(play: Play) -> None:
    async def story(journal: Journal) -> None:
        seen: list[Event] = []
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await collect(journal, 2, seen)

        await journal.append(number([started("a")], after=2), expected_seq=2, epoch=1)

    play(story)
