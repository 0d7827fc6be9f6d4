"""Run folders in which something is wrong, and what is whole of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from goflow.errors import RunFolderError, UsageError
from goflow.events import RunFinished
from goflow.journal.folder_check import FolderCheck
from goflow.journal.reader import read_events
from goflow.journal.salvage import salvage
from goflow.journal.seal import seal
from goflow.journal.sources import read_sources
from tests.unit.journal.facts import ENDED, claimed, started
from tests.unit.journal.whole_runs import BEGUN, RECORDS, SOURCES, STORY, answered, keep

SHORT = (BEGUN, claimed(1), started("a", "one"), answered("a", "1"), started("b"), answered("b", "2"), ENDED)


def check(folder: Path, *, is_written: bool = False) -> FolderCheck:
    found = FolderCheck(folder)
    found.read(is_written=is_written)
    return found


def wrong_with(folder: Path) -> list[str]:
    return [f"{damage.place}: {damage.what}" for damage in check(folder).damages.kept]


def change(folder: Path, number: int, new: Callable[[bytes], bytes]) -> None:
    path = folder / "events.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[number - 1] = new(lines[number - 1])
    path.write_bytes(b"".join(lines))


def test_nothing_is_wrong_with_a_whole_run(tmp_path: Path) -> None:
    events = keep(tmp_path)

    found = check(tmp_path)

    assert found.damages.count == 0
    assert found.journal.events == events
    assert found.journal.size == (tmp_path / "events.jsonl").stat().st_size


def test_every_wrong_line_is_told_and_the_checking_goes_on(tmp_path: Path) -> None:
    keep(tmp_path, SHORT)
    change(tmp_path, 3, lambda _: b"hello\n")
    change(tmp_path, 6, lambda line: line.replace(b'"2"', b'"3"'))
    change(tmp_path, 7, lambda line: line.replace(b"r-7f3a9c21", b"r-00000000"))

    assert wrong_with(tmp_path) == [
        "line 3 of `events.jsonl`: it is no JSON",
        "line 6 of `events.jsonl`: one of lines 5 to 6 was changed, for their checksum does not match",
        "line 7 of `events.jsonl`: it belongs to run `r-00000000`, not `r-7f3a9c21`",
    ]
    assert len(check(tmp_path).journal.events) == 2


def test_lines_that_changed_places_are_told(tmp_path: Path) -> None:
    keep(tmp_path, SHORT, batch=1)
    path = tmp_path / "events.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], lines[4], lines[3], *lines[5:]]))

    assert [told.partition(":")[0] for told in wrong_with(tmp_path)] == [
        "line 4 of `events.jsonl`",
        "line 5 of `events.jsonl`",
    ]


def test_a_journal_that_begins_in_the_middle_is_told(tmp_path: Path) -> None:
    keep(tmp_path, SHORT)
    line = (tmp_path / "events.jsonl").read_text().splitlines()[6]
    forged = line.partition(',"crc"')[0].replace('"seq":7', '"seq":1') + "}"
    (tmp_path / "events.jsonl").write_bytes(seal([forged]))

    assert wrong_with(tmp_path) == ["line 1 of `events.jsonl`: the first event is not `run.created`"]


@pytest.fixture(scope="session")
def flipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run folder whose journal a test changes; `whole` beside it stays as it was."""
    folder = tmp_path_factory.mktemp("run")
    keep(folder, SHORT)
    (folder / "whole").write_bytes((folder / "events.jsonl").read_bytes())
    return folder


@given(data=st.data())
def test_a_changed_byte_of_a_journal_is_found(flipped: Path, data: st.DataObject) -> None:
    content = bytearray((flipped / "whole").read_bytes())
    place = data.draw(st.integers(min_value=0, max_value=len(content) - 1))
    content[place] ^= data.draw(st.integers(min_value=1, max_value=255))
    (flipped / "events.jsonl").write_bytes(content)

    assert wrong_with(flipped)


def test_a_torn_batch_is_told_unless_it_is_being_written(tmp_path: Path) -> None:
    keep(tmp_path, SHORT)
    whole = (tmp_path / "events.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "events.jsonl").write_bytes(b"".join(whole[:5]) + whole[5][:-4])

    assert wrong_with(tmp_path) == [
        "line 5 of `events.jsonl`: it belongs to a batch that was never finished, or was cut off",
        "the end of `events.jsonl`: the last line has no end: it was cut off",
    ]
    assert check(tmp_path, is_written=True).damages.count == 0


def test_an_empty_journal_is_told(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_bytes(b"")

    assert wrong_with(tmp_path) == ["`events.jsonl`: it holds no event of a run"]


def test_missing_and_changed_texts_and_sources_are_told(tmp_path: Path) -> None:
    keep(tmp_path)
    blob = min((tmp_path / "blobs").iterdir())
    blob.write_bytes(b"other")
    (tmp_path / "sources" / RECORDS[0].digest).unlink()
    (tmp_path / "sources" / RECORDS[1].digest).unlink()
    (tmp_path / "sources" / RECORDS[1].digest).mkdir()

    told = wrong_with(tmp_path)

    changed = f"`{blob}` has been changed: its bytes do not match its name"
    assert {line.partition(": ")[2] for line in told if line.startswith("line ")} == {changed}
    assert told[-3:] == [
        f"the source `/w/flow.yaml`: `{tmp_path}/sources/{RECORDS[0].digest}` is missing",
        f"the source `{RECORDS[1].path}`: `{tmp_path}/sources/{RECORDS[1].digest}` is no file",
        f"the source `{RECORDS[2].path}`: `{tmp_path}/sources/{RECORDS[1].digest}` is no file",
    ]


def test_a_pipe_in_place_of_a_text_is_not_waited_for(tmp_path: Path) -> None:
    keep(tmp_path)
    blob = min((tmp_path / "blobs").iterdir())
    blob.unlink()
    os.mkfifo(blob)

    assert f"`{blob}` is no file" in wrong_with(tmp_path)[0]


def test_a_journal_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").mkdir()

    with pytest.raises(RunFolderError, match="cannot be read: is a directory"):
        check(tmp_path)


def test_what_is_whole_is_saved_and_can_be_gone_on_with(tmp_path: Path) -> None:
    events = keep(tmp_path / "run", [*STORY, claimed(2)])
    change(tmp_path / "run", 6, lambda _: b"\xff\n")
    found = check(tmp_path / "run")

    missing = salvage(tmp_path / "run", found.journal, tmp_path / "saved")

    assert missing == []
    assert read_events(tmp_path / "saved") == events[:4]
    assert read_sources(tmp_path / "saved", RECORDS) == SOURCES
    assert (tmp_path / "saved").stat().st_mode & 0o777 == 0o700
    assert check(tmp_path / "saved").damages.count == 0
    assert not any(isinstance(event.fact, RunFinished) for event in read_events(tmp_path / "saved"))


def test_only_the_texts_that_whole_events_name_are_saved(tmp_path: Path) -> None:
    keep(tmp_path / "run", STORY, batch=3)
    change(tmp_path / "run", 4, lambda _: b"hello\n")

    salvage(tmp_path / "run", check(tmp_path / "run").journal, tmp_path / "saved")

    assert len(list((tmp_path / "run" / "blobs").iterdir())) == 2
    assert len(list((tmp_path / "saved" / "blobs").iterdir())) == 1


def test_a_source_that_cannot_be_saved_is_told(tmp_path: Path) -> None:
    keep(tmp_path / "run")
    (tmp_path / "run" / "sources" / RECORDS[0].digest).write_bytes(b"")

    missing = salvage(tmp_path / "run", check(tmp_path / "run").journal, tmp_path / "saved")

    told = f"`{tmp_path}/run/sources/{RECORDS[0].digest}` has been changed: its bytes do not match its name"
    assert missing == [told]


def test_nothing_is_saved_over_what_is_there_or_where_nothing_is_whole(tmp_path: Path) -> None:
    keep(tmp_path / "run")
    whole = check(tmp_path / "run").journal
    (tmp_path / "there").mkdir()

    with pytest.raises(UsageError, match="is there already"):
        salvage(tmp_path / "run", whole, tmp_path / "there")
    with pytest.raises(UsageError, match="cannot be made"):
        salvage(tmp_path / "run", whole, tmp_path / "no" / "where")
    change(tmp_path / "run", 1, lambda _: b"\n")
    with pytest.raises(UsageError, match="no event of the run is whole"):
        salvage(tmp_path / "run", check(tmp_path / "run").journal, tmp_path / "saved")
    assert not (tmp_path / "saved").exists()
