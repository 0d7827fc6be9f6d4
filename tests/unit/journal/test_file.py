from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from goflow.errors import Fenced, JournalCorrupt, RunFolderError
from goflow.events import Event, Fact, RunClaimed, RunCreated
from goflow.journal.blobs import LONGEST_TEXT
from goflow.journal.file import FileJournal
from goflow.journal.lock import hold
from tests.unit.journal.facts import CREATED, ENDED, RUN, claimed, facts, number, started

STORY = number([CREATED, claimed(1), started("a"), started("b"), ENDED])
BATCHES = (STORY[:2], STORY[2:4], STORY[4:])


def keep(folder: Path, *batches: Sequence[Event]) -> None:
    """Append the batches one after the other, as one owner that has claimed the newest epoch."""

    async def main() -> None:
        async with FileJournal(folder) as journal:
            for batch in batches:
                await journal.append(batch, expected_seq=batch[0].seq - 1, epoch=99)

    asyncio.run(main())


def read(folder: Path) -> list[Event]:
    return list(FileJournal(folder).read())


def file_of(folder: Path) -> Path:
    return folder / "events.jsonl"


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("run")
    keep(folder, *BATCHES)
    return file_of(folder).read_bytes()


@pytest.fixture(scope="session")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run folder whose journal a test changes."""
    return tmp_path_factory.mktemp("changed")


def test_a_journal_that_nobody_has_begun_is_empty(tmp_path: Path) -> None:
    assert read(tmp_path) == []


def of_run(fact: Fact) -> Fact:
    return replace(fact, run_id=RUN) if isinstance(fact, RunCreated) else fact


@given(story=st.lists(facts.filter(lambda fact: not isinstance(fact, RunClaimed)).map(of_run), max_size=5))
@settings(max_examples=20)
def test_every_fact_comes_back_from_the_file(
    tmp_path_factory: pytest.TempPathFactory, story: list[Fact]
) -> None:
    folder = tmp_path_factory.mktemp("run")
    events = number([CREATED, *story])

    keep(folder, events[:2], events[2:] or number([ENDED], after=len(events)))

    assert read(folder)[: len(events)] == events


def test_every_line_is_json_and_a_checksum_ends_the_last_of_a_batch(whole: bytes) -> None:
    lines = [json.loads(line) for line in whole.splitlines()]

    assert [line["seq"] for line in lines] == [1, 2, 3, 4, 5]
    assert {line["run"] for line in lines} == {CREATED.run_id}
    assert ["crc" in line for line in lines] == [False, True, False, True, True]
    assert list(lines[-1])[-1] == "crc"


def test_the_file_is_private(tmp_path: Path) -> None:
    keep(tmp_path, STORY)

    assert file_of(tmp_path).stat().st_mode & 0o777 == 0o600


@given(data=st.data())
def test_a_file_cut_anywhere_reads_as_the_batches_before(
    whole: bytes, changed: Path, data: st.DataObject
) -> None:
    size = data.draw(st.integers(min_value=0, max_value=len(whole)))
    file_of(changed).write_bytes(whole[:size])
    ends = [found.end() for found in re.finditer(rb'"crc":"\w{8}"\}\n', whole)]

    kept = [batch for batch, end in zip(BATCHES, ends, strict=True) if end <= size]

    assert read(changed) == [event for batch in kept for event in batch]


@given(data=st.data())
def test_an_owner_goes_on_after_a_cut_anywhere(whole: bytes, changed: Path, data: st.DataObject) -> None:
    size = data.draw(st.integers(min_value=0, max_value=len(whole)))
    file_of(changed).write_bytes(whole[:size])
    before = read(changed)
    more = number([CREATED, claimed(9)] if not before else [claimed(9)], after=len(before))

    keep(changed, more)

    assert read(changed) == [*before, *more]


@given(data=st.data())
def test_a_changed_bit_never_reads_as_another_event(whole: bytes, changed: Path, data: st.DataObject) -> None:
    place = data.draw(st.integers(min_value=0, max_value=len(whole) - 1))
    bit = data.draw(st.integers(min_value=0, max_value=7))
    flipped = bytearray(whole)
    flipped[place] ^= 1 << bit
    file_of(changed).write_bytes(flipped)

    with suppress(JournalCorrupt):
        found = read(changed)
        assert found == STORY[: len(found)]


def break_line(folder: Path, number: int, line: bytes) -> None:
    lines = file_of(folder).read_bytes().splitlines(keepends=True)
    lines[number - 1] = line
    file_of(folder).write_bytes(b"".join(lines))


@pytest.mark.parametrize(
    ("number", "line", "before"),
    [
        (1, b"hello\n", "no event before it is whole; `goflow verify {run}` tells all that is wrong"),
        (3, b"hello\n", "the 2 events before it are whole: `goflow verify {run} --salvage DIR` keeps them"),
        (4, b"{\n", "the 2 events before it are whole: `goflow verify {run} --salvage DIR` keeps them"),
        (5, b"\n", "the 4 events before it are whole: `goflow verify {run} --salvage DIR` keeps them"),
    ],
)
def test_a_broken_line_is_named_with_what_is_whole_before_it(
    tmp_path: Path, number: int, line: bytes, before: str
) -> None:
    keep(tmp_path, *BATCHES)
    break_line(tmp_path, number, line)

    with pytest.raises(JournalCorrupt) as raised:
        read(tmp_path)

    assert raised.value.message == f"line {number} of `{file_of(tmp_path)}` cannot be read: it is no JSON"
    assert raised.value.help == before.format(run=tmp_path)


def test_an_owner_does_not_write_behind_a_broken_line(tmp_path: Path) -> None:
    keep(tmp_path, *BATCHES)
    break_line(tmp_path, 3, b"hello\n")
    before = file_of(tmp_path).read_bytes()

    with pytest.raises(JournalCorrupt, match="line 3 of"):
        keep(tmp_path, number([claimed(2)], after=5))

    assert file_of(tmp_path).read_bytes() == before


def test_bytes_that_no_line_has_are_named(tmp_path: Path) -> None:
    keep(tmp_path, *BATCHES)
    break_line(tmp_path, 4, b"\xc3\xa9\n")

    with pytest.raises(
        JournalCorrupt, match=r"line 4 of .* cannot be read: it holds bytes that no line has$"
    ):
        read(tmp_path)


def test_a_value_that_was_changed_by_hand_does_not_match_its_checksum(tmp_path: Path) -> None:
    keep(tmp_path, *BATCHES)
    file_of(tmp_path).write_bytes(
        file_of(tmp_path).read_bytes().replace(b"Say something", b"Say anything!", 1)
    )

    with pytest.raises(
        JournalCorrupt, match=r"line 4 of .*: one of lines 3 to 4 was changed, for their checksum"
    ):
        read(tmp_path)


def test_a_line_that_is_missing_is_noticed(tmp_path: Path) -> None:
    keep(tmp_path, *([event] for event in STORY))
    break_line(tmp_path, 3, b"")

    with pytest.raises(JournalCorrupt, match=r"line 3 of .*: its seq is 4, not 3$"):
        read(tmp_path)


def test_lines_of_another_run_are_noticed(tmp_path: Path) -> None:
    keep(tmp_path, *([event] for event in STORY))
    line = file_of(tmp_path).read_bytes().splitlines(keepends=True)[2]
    break_line(tmp_path, 3, line.replace(b"r-7f3a9c21", b"r-00000000"))

    with pytest.raises(
        JournalCorrupt, match=r"line 3 of .*: it belongs to run `r-00000000`, not `r-7f3a9c21`$"
    ):
        read(tmp_path)


@pytest.mark.parametrize("run_id", ["r-\x1b]0;pwned\x07", "r-1; reboot", "--help", "../r-1", "r" * 101, ""])
@pytest.mark.parametrize("place", ["run", "run_id"])
def test_what_no_run_is_called_is_refused(tmp_path: Path, place: str, run_id: str) -> None:
    keep(tmp_path, *([event] for event in STORY))
    written = f'"{place}":{json.dumps(CREATED.run_id)}'.encode()
    line = file_of(tmp_path).read_bytes().splitlines(keepends=True)[0]
    break_line(tmp_path, 1, line.replace(written, f'"{place}":{json.dumps(run_id)}'.encode()))

    with pytest.raises(JournalCorrupt, match=r"line 1 of .* is no id of a run$") as raised:
        read(tmp_path)
    assert raised.value.message.isprintable()


def test_a_beginning_that_names_another_run_than_its_line_is_noticed(tmp_path: Path) -> None:
    keep(tmp_path, *([event] for event in STORY))
    line = file_of(tmp_path).read_bytes().splitlines(keepends=True)[0]
    break_line(tmp_path, 1, line.replace(b'"run_id":"r-7f3a9c21"', b'"run_id":"r-00000000"'))

    with pytest.raises(JournalCorrupt, match=r"it belongs to run `r-00000000`, not `r-7f3a9c21`$"):
        read(tmp_path)


def test_a_file_that_may_not_be_read_is_an_error_of_the_folder(tmp_path: Path) -> None:
    file_of(tmp_path).mkdir()

    with pytest.raises(RunFolderError, match="cannot be read: is a directory"):
        read(tmp_path)


LONG = "long \ud800 ü " * LONGEST_TEXT


def test_long_texts_are_kept_beside_the_journal_under_their_digest(tmp_path: Path) -> None:
    events = number([CREATED, started("a", LONG), started("b", LONG), started("c", "x" * LONGEST_TEXT)])

    keep(tmp_path, events)

    (blob,) = (tmp_path / "blobs").iterdir()
    lines = [json.loads(line) for line in file_of(tmp_path).read_bytes().splitlines()]
    assert lines[1]["prompt"] == {"blob": f"sha256:{blob.name}", "chars": len(LONG)}
    assert lines[3]["prompt"] == "x" * LONGEST_TEXT
    assert blob.stat().st_mode & 0o777 == 0o600
    assert read(tmp_path) == events


def test_a_later_owner_uses_the_texts_that_are_there(tmp_path: Path) -> None:
    first = number([CREATED, started("a", LONG)])
    keep(tmp_path, first)
    later = number([claimed(2), started("a", LONG)], after=2)

    keep(tmp_path, later)

    assert len(list((tmp_path / "blobs").iterdir())) == 1
    assert read(tmp_path) == [*first, *later]


def test_a_long_text_that_is_missing_or_changed_is_named(tmp_path: Path) -> None:
    keep(tmp_path, number([CREATED]), number([started("a", LONG)], after=1))
    (blob,) = (tmp_path / "blobs").iterdir()

    blob.write_bytes(b"other")
    with pytest.raises(JournalCorrupt, match=f"line 2 of .*`{blob}` has been changed"):
        read(tmp_path)

    blob.unlink()
    with pytest.raises(JournalCorrupt, match=f"line 2 of .*`{blob}` is missing"):
        read(tmp_path)


def test_a_digest_that_leads_out_of_the_folder_is_none(tmp_path: Path) -> None:
    keep(tmp_path, number([CREATED, started("a", LONG)]))
    line = file_of(tmp_path).read_bytes()
    file_of(tmp_path).write_bytes(re.sub(rb"sha256:\w+", b"sha256:../../../../etc/passwd", line))

    with pytest.raises(JournalCorrupt, match=r"`\.\./.*/etc/passwd` is no SHA-256 digest"):
        read(tmp_path)


def test_an_input_may_look_like_a_long_text(tmp_path: Path) -> None:
    events = number([CREATED, claimed(1)])
    events[1] = Event(
        2, 0, claimed(1).__class__(epoch=1, owner="me", versions={"blob": "sha256:x", "chars": "5"})
    )

    keep(tmp_path, events)

    assert read(tmp_path) == events


def test_another_process_that_wrote_is_noticed_before_the_next_write(tmp_path: Path) -> None:
    async def main() -> None:
        async with FileJournal(tmp_path) as slow, FileJournal(tmp_path) as other:
            await slow.append(STORY[:2], expected_seq=0, epoch=0)
            await other.append(number([claimed(2)], after=2), expected_seq=2, epoch=1)
            with pytest.raises(Fenced, match="another process has changed"):
                await slow.append(STORY[2:4], expected_seq=2, epoch=1)
            await other.append(number([started("z")], after=3), expected_seq=3, epoch=2)

    asyncio.run(main())

    assert [event.fact for event in read(tmp_path)[2:]] == [claimed(2), started("z")]


def test_a_journal_that_was_removed_under_its_owner_is_an_error(tmp_path: Path) -> None:
    async def main() -> None:
        async with FileJournal(tmp_path) as journal:
            await journal.append(STORY[:2], expected_seq=0, epoch=0)
            file_of(tmp_path).unlink()
            with pytest.raises(
                RunFolderError, match="was removed or replaced while the run was writing to it"
            ):
                await journal.append(STORY[2:4], expected_seq=2, epoch=1)

    asyncio.run(main())


def test_an_owner_that_has_read_the_journal_does_not_read_it_again(tmp_path: Path) -> None:
    keep(tmp_path, *BATCHES)

    async def main() -> None:
        async with FileJournal(tmp_path) as journal:
            journal.read()
            # What has been read is believed, so its change goes unnoticed until somebody else reads.
            break_line(
                tmp_path, 1, file_of(tmp_path).read_bytes().splitlines(keepends=True)[0].replace(b"v", b"w")
            )
            await journal.append(number([claimed(2)], after=5), expected_seq=5, epoch=1)

    asyncio.run(main())

    with pytest.raises(JournalCorrupt, match="line 1 of"):
        read(tmp_path)


def test_a_cancelled_append_is_kept_all_the_same(tmp_path: Path) -> None:
    async def main() -> None:
        async with FileJournal(tmp_path) as journal:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await journal.append(STORY, expected_seq=0, epoch=0)

    asyncio.run(main())

    assert read(tmp_path) == STORY


FOLLOW = """
import asyncio, sys
from pathlib import Path
from goflow.journal.file import FileJournal
from goflow.journal.lock import hold

async def main(folder):
    print("ready", flush=True)
    async for event in FileJournal(folder).tail():
        print(event.seq, flush=True)

asyncio.run(main(Path(sys.argv[1])))
"""


def test_another_process_follows_a_run_without_its_lock(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FOLLOW, str(tmp_path)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as follower,
        hold(tmp_path, CREATED.run_id),
    ):
        assert follower.stdout is not None
        assert follower.stdout.readline() == "ready\n"
        for batch in BATCHES:
            keep(tmp_path, batch)
            assert [follower.stdout.readline() for _ in batch] == [f"{event.seq}\n" for event in batch]

    assert follower.returncode == 0
