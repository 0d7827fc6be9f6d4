"""A reader that goes past what another has read ends up where one that reads everything does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from goflow.errors import JournalCorrupt
from goflow.events import Event
from goflow.journal.file import FileJournal
from goflow.journal.reader import JournalReader
from tests.unit.journal.facts import CREATED, ENDED, claimed, number, started

STORY = number([CREATED, claimed(1), started("a"), started("b"), claimed(2), started("b"), ENDED])
BATCHES = (STORY[:2], STORY[2:4], STORY[4:6], STORY[6:])


def keep(folder: Path, batches: Sequence[Sequence[Event]]) -> None:
    """Append the batches one after the other, as one owner that has claimed the newest epoch."""

    async def main() -> None:
        async with FileJournal(folder) as journal:
            for batch in batches:
                await journal.append(batch, expected_seq=batch[0].seq - 1, epoch=99)

    asyncio.run(main())


@pytest.mark.parametrize("after", range(len(STORY) + 2))
def test_whatever_is_passed_over_the_rest_and_the_end_are_the_same(tmp_path: Path, after: int) -> None:
    keep(tmp_path, BATCHES)
    whole, short = JournalReader(tmp_path), JournalReader(tmp_path)
    events = whole.read_new()

    short.pass_over(after)
    rest = short.read_new()

    assert [event for event in rest if event.seq > after] == events[after:]
    assert (short.end, short.size, short.run_id) == (whole.end, whole.size, whole.run_id)
    assert len(rest) - len(events[after:]) < 2  # no more than the batch that `after` stands in


def test_a_text_that_looks_like_a_claim_moves_nothing(tmp_path: Path) -> None:
    keep(tmp_path, [number([CREATED, claimed(1), started('"type":"run.claimed"')])])
    reader = JournalReader(tmp_path)

    reader.pass_over(3)

    assert (reader.end.seq, reader.end.epoch) == (3, 1)


def test_a_journal_that_is_not_there_is_passed_over(tmp_path: Path) -> None:
    reader = JournalReader(tmp_path)

    reader.pass_over(3)

    assert reader.read_new() == []
    assert reader.end.seq == 0


def test_what_was_changed_is_found_although_it_is_passed_over(tmp_path: Path) -> None:
    keep(tmp_path, BATCHES)
    journal = tmp_path / "events.jsonl"
    content = journal.read_bytes()
    journal.write_bytes(content.replace(b'"step":"a"', b'"step":"c"'))

    with pytest.raises(JournalCorrupt, match="lines 3 to 4 was changed"):
        JournalReader(tmp_path).pass_over(7)


def test_a_torn_batch_is_left_to_reading(tmp_path: Path) -> None:
    keep(tmp_path, BATCHES[:2])
    journal = tmp_path / "events.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-5])
    reader = JournalReader(tmp_path)

    reader.pass_over(7)

    assert (reader.end.seq, reader.read_new()) == (2, [])
