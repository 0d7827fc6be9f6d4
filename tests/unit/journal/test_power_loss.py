"""The power goes at every operation; what was acknowledged by then is there, and a new owner goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from goflow.events import Event
from goflow.journal.blobs import LONGEST_TEXT
from goflow.journal.double import DroppingFiles, Kept, PowerLost
from goflow.journal.file import FileJournal
from goflow.journal.files import write_durably
from tests.unit.journal.facts import CREATED, ENDED, claimed, number, started

LONG = "long text " * LONGEST_TEXT
STORY = number([CREATED, claimed(1), started("a"), started("b", LONG), started("c"), ENDED])
BATCHES = (STORY[:2], STORY[2:3], STORY[3:5], STORY[5:])


def play(folder: Path, files: DroppingFiles) -> list[Event]:
    """Append the story and return what was acknowledged before the power went."""
    kept: list[Event] = []

    async def main() -> None:
        async with FileJournal(folder, files) as journal:
            for batch in BATCHES:
                await journal.append(batch, expected_seq=len(kept), epoch=1 if kept else 0)
                kept.extend(batch)

    try:
        asyncio.run(main())
    except PowerLost:
        pass
    else:
        files.lose_power()
    return kept


def read(folder: Path) -> list[Event]:
    return list(FileJournal(folder).read())


def test_what_was_acknowledged_outlives_a_power_loss_at_any_moment(tmp_path: Path) -> None:
    whole = DroppingFiles()
    (tmp_path / "whole").mkdir()
    assert play(tmp_path / "whole", whole) == STORY

    for last in range(whole.operations):
        folder = tmp_path / str(last)
        folder.mkdir()
        kept = play(folder, DroppingFiles(last))

        assert read(folder) == kept


def test_a_new_owner_goes_on_after_a_power_loss_at_any_moment(tmp_path: Path) -> None:
    whole = DroppingFiles()
    (tmp_path / "whole").mkdir()
    play(tmp_path / "whole", whole)

    for last in range(whole.operations):
        folder = tmp_path / str(last)
        folder.mkdir()
        kept = play(folder, DroppingFiles(last))
        more = number([claimed(2), started("b", LONG)] if kept else [CREATED], after=len(kept))

        again = DroppingFiles()
        asyncio.run(append(folder, more, again))
        again.lose_power()

        assert read(folder) == [*kept, *more]


async def append(folder: Path, batch: list[Event], files: DroppingFiles) -> None:
    async with FileJournal(folder, files) as journal:
        await journal.append(batch, expected_seq=batch[0].seq - 1, epoch=1)


def test_the_power_takes_back_what_was_not_synced_and_leaves_the_rest(tmp_path: Path) -> None:
    files, path = DroppingFiles(), tmp_path / "note"
    file = files.open_to_append(path)
    files.sync_folder(tmp_path)
    files.write(file, b"durable")
    files.sync(file)
    files.write(file, b" lost")
    files.truncate(file, 3)

    files.lose_power()

    assert path.read_bytes() == b"durable"
    with pytest.raises(PowerLost):
        files.write(file, b"more")
    files.close(file)


def test_the_power_takes_back_names(tmp_path: Path) -> None:
    files, path = DroppingFiles(), tmp_path / "note"
    (tmp_path / "kept").write_bytes(b"kept")
    write_durably(files, path, b"old")
    files.sync_folder(tmp_path)
    write_durably(files, path, b"new")
    files.remove(tmp_path / "kept")
    files.make_folder(tmp_path / "folder")
    files.close(files.create(tmp_path / "folder" / "inside"))

    assert path.read_bytes() == b"new"
    files.lose_power()

    assert path.read_bytes() == b"old"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["kept", "note"]
    assert (tmp_path / "kept").read_bytes() == b"kept"


@pytest.mark.parametrize(
    ("keeps", "left"),
    [
        ("nothing", {"old": b"was here"}),
        ("names", {"new": b"", "renamed": b"was here"}),
        ("writes", {"old": b"was here and mo"}),
        ("halves", {"old": b"was here an"}),
    ],
)
def test_a_quick_disk_keeps_more_than_it_must(tmp_path: Path, keeps: Kept, left: dict[str, bytes]) -> None:
    files = DroppingFiles(keeps=keeps)
    (tmp_path / "old").write_bytes(b"was here")
    old = files.open_to_append(tmp_path / "old")
    files.write(old, b" and mo")
    files.close(old)
    files.rename(tmp_path / "old", tmp_path / "renamed")
    new = files.create(tmp_path / "new")
    files.write(new, b"content")
    files.close(new)

    files.lose_power()

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == left
