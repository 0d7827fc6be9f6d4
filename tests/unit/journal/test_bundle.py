"""Exports: a whole run in one file, in which every change is found."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from goflow.errors import JournalCorrupt, RunFolderError
from goflow.events import RunFinished, RunStatus
from goflow.journal.bounded_lines import TOO_LONG, bounded_lines
from goflow.journal.bundle_check import BundleCheck
from goflow.journal.bundle_file import bundle_of, survey
from goflow.journal.damage import MOST_KEPT
from tests.unit.journal.facts import ENDED, claimed, started
from tests.unit.journal.whole_runs import BEGUN, LONG, SOURCES, STORY, answered, keep

SHORT = (BEGUN, claimed(1), started("a", "one"), answered("a", "1"), started("b"), answered("b", "2"), ENDED)


def exported(folder: Path) -> bytes:
    return b"".join(bundle_of(survey(folder)))


def check(content: bytes) -> BundleCheck:
    found = BundleCheck()
    found.read(bounded_lines(BytesIO(content)))
    return found


def wrong_with(content: bytes) -> list[str]:
    return [f"{damage.place}: {damage.what}" for damage in check(content).damages.kept]


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("run")
    keep(folder)
    return exported(folder)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return an export without long texts: 1 header, 3 sources, 7 events from line 5 on, and the end."""
    folder = tmp_path_factory.mktemp("run")
    keep(folder, SHORT)
    return exported(folder)


def changed(content: bytes, number: int, change: Callable[[bytes], bytes]) -> bytes:
    lines = content.splitlines(keepends=True)
    lines[number - 1] = change(lines[number - 1])
    return b"".join(lines)


def test_an_export_holds_sources_texts_and_every_line_of_the_journal_as_it_stands(tmp_path: Path) -> None:
    keep(tmp_path)

    lines = [json.loads(line) for line in exported(tmp_path).splitlines()]

    kinds = [line["kind"] for line in lines]
    assert kinds == ["header", *["source"] * 3, *["blob"] * 2, *["event"] * 7, "end"]
    assert [lines[1]["text"].encode(), lines[2]["base64"]] == [SOURCES[0].content, "iVBOR/8="]
    assert [lines[4]["text"], "base64" in lines[5]] == [LONG, True]
    journal = "".join(f"{line['line']}\n" for line in lines if line["kind"] == "event")
    assert journal.encode() == (tmp_path / "events.jsonl").read_bytes()
    assert lines[-1] | {"hash": "", "sha256": ""} == {
        "kind": "end",
        "status": "completed",
        "sources": 3,
        "blobs": 2,
        "events": 7,
        "hash": "",
        "sha256": "",
    }


def test_each_hash_is_that_of_the_one_before_and_the_line(small: bytes) -> None:
    lines = [json.loads(line) for line in small.splitlines()]
    before = "0" * 64
    for line in lines[4:-1]:
        assert line["prev"] == before
        before = sha256(f"{before}{line['line']}".encode()).hexdigest()
        assert line["hash"] == before

    assert lines[-1]["hash"] == before
    everything = b"".join(small.splitlines(keepends=True)[:-1])
    assert lines[-1]["sha256"] == sha256(everything).hexdigest()


def test_the_same_run_gives_the_same_bytes_and_ascii_alone(tmp_path: Path) -> None:
    keep(tmp_path)

    first = exported(tmp_path)

    assert first.isascii()
    assert exported(tmp_path) == first


def test_a_later_export_of_a_run_goes_on_with_the_chain(tmp_path: Path) -> None:
    keep(tmp_path / "early", SHORT[:4])
    keep(tmp_path / "late", SHORT)

    hashes = [
        [json.loads(line).get("prev") for line in exported(tmp_path / name).splitlines()][4:-1]
        for name in ("early", "late")
    ]

    assert hashes[1][:4] == hashes[0]


def test_a_whole_export_is_found_whole(large: bytes) -> None:
    found = check(large)

    assert found.damages.count == 0
    assert [event.seq for event in found.journal.events] == [1, 2, 3, 4, 5, 6, 7]
    assert found.counts == {"header": 1, "source": 3, "blob": 2, "event": 7, "end": 1}


def test_a_run_that_was_broken_off_is_exported_as_far_as_its_batches_are_whole(tmp_path: Path) -> None:
    keep(tmp_path, STORY[:4])
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(b'{"v":1,"seq":5,"ts":"2026-11-23T16:02:11.034Z","type":"run.fin')

    end = json.loads(exported(tmp_path).splitlines()[-1])

    assert (end["status"], end["events"]) == ("running", 4)
    assert wrong_with(exported(tmp_path)) == []


def test_a_run_that_goes_on_after_its_end_is_running_again(tmp_path: Path) -> None:
    stopped = RunFinished(status=RunStatus.INTERRUPTED)
    keep(tmp_path, [*SHORT[:4], stopped])
    assert survey(tmp_path).status is RunStatus.INTERRUPTED

    keep(tmp_path / "again", [*SHORT[:4], stopped, claimed(2)])

    assert survey(tmp_path / "again").status is RunStatus.RUNNING


def test_what_cannot_be_exported_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(JournalCorrupt, match="holds no event of a run"):
        survey(tmp_path)
    keep(tmp_path)
    (tmp_path / "sources" / SOURCES[0].digest).unlink()

    with pytest.raises(JournalCorrupt, match=f"{SOURCES[0].digest}` is missing"):
        exported(tmp_path)
    found = survey(tmp_path)
    (tmp_path / "sources" / SOURCES[0].digest).write_bytes(SOURCES[0].content)
    (tmp_path / "events.jsonl").unlink()
    with pytest.raises(RunFolderError, match="cannot be read"):
        list(bundle_of(found))


@given(data=st.data())
def test_a_changed_byte_is_always_found(small: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(min_value=0, max_value=len(small) - 1))
    byte = data.draw(st.integers(min_value=1, max_value=255))
    flipped = bytearray(small)
    flipped[place] ^= byte

    assert wrong_with(bytes(flipped))


@given(data=st.data())
def test_a_changed_byte_of_a_line_is_found_in_that_line_or_at_the_end(
    small: bytes, data: st.DataObject
) -> None:
    lines = small.splitlines(keepends=True)
    number = data.draw(st.integers(min_value=5, max_value=11))
    place = data.draw(st.integers(min_value=0, max_value=len(lines[number - 1]) - 2))

    def flip(line: bytes) -> bytes:
        return line[:place] + bytes([line[place] ^ 1]) + line[place + 1 :]

    assert wrong_with(changed(small, number, flip))[0].startswith(f"line {number}: ")


@given(data=st.data())
def test_a_file_that_was_cut_anywhere_is_found(small: bytes, data: st.DataObject) -> None:
    size = data.draw(st.integers(min_value=0, max_value=len(small) - 1))

    assert wrong_with(small[:size])


@given(data=st.data())
def test_a_line_that_was_removed_doubled_or_swapped_is_found(small: bytes, data: st.DataObject) -> None:
    lines = small.splitlines(keepends=True)
    first = data.draw(st.integers(min_value=0, max_value=len(lines) - 2))
    change = data.draw(st.sampled_from(["remove", "double", "swap"]))
    if change == "swap":
        lines[first : first + 2] = reversed(lines[first : first + 2])
    else:
        lines[first : first + 1] = [lines[first]] * (2 if change == "double" else 0)

    assert wrong_with(b"".join(lines))


def test_a_line_that_is_missing_is_told_once_where_it_was(small: bytes) -> None:
    assert wrong_with(changed(small, 7, lambda _: b"")) == [
        "line 7: its `prev` is not the hash of the event before it: lines were removed, added or moved",
        "line 7: its seq is 4, not 3: lines were removed, added or moved",
        "line 11: it counts 7 events, and the file has 6",
    ]


def test_an_edited_output_is_told_and_what_is_whole_is_known(small: bytes) -> None:
    found = check(small.replace(b'output\\":\\"2', b'output\\":\\"3'))

    assert [(damage.place, damage.what) for damage in found.damages.kept] == [
        ("line 10", "it was changed: its `hash` is not that of its `prev` and its `line`")
    ]
    assert len(found.journal.events) == 4


def test_a_chain_made_anew_over_an_edited_line_breaks_the_checksum_of_its_batch(
    small: bytes, tmp_path: Path
) -> None:
    keep(tmp_path, SHORT)
    found = survey(tmp_path)
    journal = tmp_path / "events.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"output":"2"', b'"output":"3"'))

    forged = b"".join(bundle_of(found))

    assert wrong_with(forged) == [
        "line 10: one of lines 9 to 10 was changed, for their checksum does not match"
    ]


def test_a_batch_without_its_end_is_told(small: bytes, tmp_path: Path) -> None:
    keep(tmp_path, SHORT)
    found = survey(tmp_path)
    journal = tmp_path / "events.jsonl"
    journal.write_bytes(re.sub(rb',"crc":"\w{8}"(\}\n)$', rb"\1", journal.read_bytes()))

    forged = b"".join(bundle_of(replace(found, size=journal.stat().st_size)))

    assert wrong_with(forged) == ["line 11: it belongs to a batch that was never finished, or was cut off"]


def test_edited_materials_are_told(large: bytes) -> None:
    told = "its content was changed: its SHA-256 is not its `digest`"
    assert wrong_with(large.replace(b"Say something", b"Say anything!", 1)) == [f"line 2: {told}"]
    assert wrong_with(changed(large, 5, lambda line: line.replace(b"long", b"LONG", 1))) == [
        f"line 5: {told}"
    ]
    assert wrong_with(changed(large, 6, lambda line: line.replace(b'64":"', b'64":"*'))) == [
        "line 6: its content is no text and no base64"
    ]
    assert wrong_with(changed(large, 2, lambda line: line.replace(b"/w/flow", b"/w/glow"))) == [
        "the sources: `/w/flow.yaml` is missing, a source that the events name"
    ]
    missing = wrong_with(changed(large, 5, lambda _: b""))
    assert missing[0].startswith("line 8: it names a text that is missing: `")


def test_a_source_or_a_text_that_no_event_names_is_told(small: bytes, large: bytes) -> None:
    extra = large.splitlines(keepends=True)[4]
    lines = small.splitlines(keepends=True)

    told = wrong_with(b"".join([*lines[:4], extra, *lines[4:]]))

    assert told == ["line 13: it counts 0 blobs, and the file has 1"]
    counted = b"".join([*lines[:4], extra, *lines[4:]]).replace(b'"blobs":0', b'"blobs":1')
    assert wrong_with(counted)[0] == "line 5: no event names what it holds"


def test_the_header_and_the_end_are_covered_too(small: bytes) -> None:
    assert wrong_with(small.replace(b'"goflow_version":"0.1.0"', b'"goflow_version":"0.1.1"', 1)) == [
        "line 12: its `sha256` is not that of the lines before it: they were changed"
    ]
    assert wrong_with(small.replace(b'"status":"completed","sources', b'"status":"running","sources')) == [
        "line 12: its `status` is not `completed`, as the events say"
    ]
    assert wrong_with(small + b"\n") == ["line 13: nothing may follow the line that ends an export"]
    assert wrong_with(small[:-1]) == ["line 12: it has no end: the file was cut off"]


def test_another_version_says_so_and_nothing_else(small: bytes) -> None:
    later = small.replace(b'"v":1,', b'"v":2,', 1)

    assert wrong_with(later) == ["line 1: its version is 2, and this goflow reads version 1"]
    assert check(later).is_foreign


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (b"hello\n", "this is no export of goflow: it is no JSON"),
        (b"\xff\xfe\0\n", "this is no export of goflow: it is no JSON"),
        (b"[" * 100_000 + b"\n", "this is no export of goflow: it is no JSON"),
        (b"[]\n", "this is no export of goflow: it is no JSON object"),
        (b"9" * 5000 + b"\n", "this is no export of goflow: it is no JSON"),
        (
            b'{"kind":[]}\n',
            "this is no export of goflow: its kind is `[]`, not `header`, `source`, `blob`, `event`, `end`",
        ),
        (
            b'{"kind":"header","v":1}\n',
            (
                "this is no export of goflow: its keys are not those of its kind, "
                "`kind`, `format`, `v`, `run`, `goflow_version`"
            ),
        ),
        (
            b'{"kind":"header","format":"goflow-export","v":true,"run":"","goflow_version":""}\n',
            "this is no export of goflow: its `v` is no whole number",
        ),
        (
            b'{"kind":"header","format":"zip","v":1,"run":"","goflow_version":""}\n',
            "its format is `zip`, not `goflow-export`",
        ),
    ],
)
def test_a_file_that_is_no_export_is_refused(content: bytes, told: str) -> None:
    assert wrong_with(content) == [f"line 1: {told}"]


def test_a_line_that_says_the_same_in_other_bytes_is_found(small: bytes) -> None:
    def with_blank(line: bytes) -> bytes:
        return line.replace(b'{"kind"', b'{ "kind"')

    def with_key_twice(line: bytes) -> bytes:
        return line.replace(b'{"kind"', b'{"kind":"blob","kind"')

    for change in (with_blank, with_key_twice):
        assert "line 6: it is not written as an export is" in wrong_with(changed(small, 6, change))[0]


def test_deep_and_hostile_events_are_told_and_never_raised(small: bytes) -> None:
    deep = json.dumps("[" * 50_000)[1:-1].encode()

    def hostile(line: bytes) -> bytes:
        found = json.loads(line)
        return line.replace(json.dumps(found["line"]).encode(), b'"' + deep + b'"')

    told = wrong_with(changed(small, 8, hostile))

    assert told[1] == "line 8: it is no JSON"
    surrogate = changed(small, 8, lambda line: line.replace(b'"line":"', b'"line":"\\ud800'))
    assert wrong_with(surrogate)[1] == "line 8: it holds bytes that no line has"


def test_lines_that_are_too_long_are_passed_over_and_told(small: bytes) -> None:
    content = b"a\n" + b"x" * 50 + b"\nb\n" + b"y" * 50

    assert list(bounded_lines(BytesIO(content), 10)) == [b"a\n", TOO_LONG, b"b\n", TOO_LONG]
    longest = max(map(len, small.splitlines(keepends=True)))
    found = BundleCheck()
    found.read(bounded_lines(BytesIO(small), longest - 1))
    assert found.damages.kept[0].what == "it is longer than any line of an export"


class CountedBytes(BytesIO):
    """Bytes that remember how many were asked for at once."""

    largest = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert size >= 0
        self.largest = max(self.largest, size)
        return super().readline(size)


def test_no_line_is_read_whole_only_to_find_that_it_is_too_long() -> None:
    file = CountedBytes(b"x" * 5_000_000)

    assert list(bounded_lines(file, 2_000_000)) == [TOO_LONG]
    assert file.largest == 2_000_001


def test_only_so_much_is_kept_of_what_is_wrong(small: bytes) -> None:
    lines = small.splitlines(keepends=True)

    found = check(b"".join([lines[0], *[b"x" * 5000 + b"\n"] * 500]))

    assert found.damages.count == 501
    assert len(found.damages.kept) == MOST_KEPT


def test_a_long_reason_is_cut(small: bytes) -> None:
    def strange(line: bytes) -> bytes:
        return line.replace(b'\\"type\\":\\"', b'\\"type\\":\\"' + b"x" * 5000)

    assert len(wrong_with(changed(small, 8, strange))[1]) < 600
