"""The cache of answers: what is found again, what is not, and many writers at once."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from goflow.journal.cache import Cache
from goflow.planning.content import fingerprint_of
from goflow.projections.reuse import Result

CONTENT: Final = {"prompt": "What is it?", "system": "", "models": "[null]"}
KEY: Final = fingerprint_of(CONTENT)
RESULT: Final = Result(
    step="ask",
    origin="r-1",
    agent="one",
    model="m",
    prompt="What is it?",
    output="a \u2014 ship",
    memory=("seen",),
    content=CONTENT,
)
HOUR_MS: Final = 3_600_000
NOW_MS: Final = 1_800_000_000_000
FOLDER: Final = Path("kept")


def cache(most_bytes: int = 1_000_000) -> Cache:
    return Cache(FOLDER, most_bytes=most_bytes)


def find(now_ms: int = NOW_MS, ttl_ms: int | None = None) -> Result | None:
    return cache().find(CONTENT, KEY, now_ms=now_ms, ttl_ms=ttl_ms)


def entries() -> list[Path]:
    return sorted(FOLDER.rglob("*.json"))


def test_what_was_kept_is_found_whole_and_comes_from_the_cache() -> None:
    assert find() is None
    cache().keep(RESULT, KEY, now_ms=NOW_MS)

    assert find() == replace(RESULT, origin="cache")


def test_only_its_owner_can_read_it() -> None:
    os.umask(os.umask(0))  # whatever the umask is, nobody else may
    cache().keep(RESULT, KEY, now_ms=NOW_MS)

    [entry] = entries()
    assert stat.S_IMODE(entry.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (FOLDER, entry.parent)} == {0o700}


@pytest.mark.parametrize(
    ("age_ms", "is_found"), [(0, True), (HOUR_MS, True), (HOUR_MS + 1, False), (-1, False)]
)
def test_an_answer_is_used_until_it_is_too_old(age_ms: int, *, is_found: bool) -> None:
    cache().keep(RESULT, KEY, now_ms=NOW_MS)

    assert (find(NOW_MS + age_ms, ttl_ms=HOUR_MS) is not None) is is_found
    assert find(NOW_MS + age_ms) is not None


def test_a_torn_file_is_not_there() -> None:
    cache().keep(RESULT, KEY, now_ms=NOW_MS)
    [entry] = entries()
    whole = entry.read_bytes()

    for length in range(len(whole)):
        entry.write_bytes(whole[:length])
        assert find() is None
    entry.write_bytes(whole)
    assert find() is not None


@pytest.mark.parametrize(
    "found",
    [
        b"\xff\x00",
        b"[" * 100_000,
        b"[]",
        b'{"format":1}',
        b'{"format":1,"content":{"prompt":"What is it?","system":"","models":"[null]"},"digest":null}',
    ],
)
def test_a_foreign_file_is_not_there(found: bytes) -> None:
    cache().keep(RESULT, KEY, now_ms=NOW_MS)
    entries()[0].write_bytes(found)

    assert find() is None


def test_an_answer_that_was_changed_or_answers_something_else_is_not_there() -> None:
    cache().keep(RESULT, KEY, now_ms=NOW_MS)
    [entry] = entries()
    written = json.loads(entry.read_text())
    entry.write_text(json.dumps({**written, "output": "a boat"}))
    assert find() is None

    cache().keep(replace(RESULT, content={**CONTENT, "prompt": "Who?"}), KEY, now_ms=NOW_MS)
    assert find() is None


def test_a_link_a_pipe_and_a_folder_are_not_there() -> None:
    cache().keep(RESULT, KEY, now_ms=NOW_MS)
    [entry] = entries()
    entry.rename("elsewhere.json")
    entry.symlink_to(Path("elsewhere.json").absolute())
    assert find() is None
    entry.unlink()
    os.mkfifo(entry)
    assert find() is None
    entry.unlink()
    entry.mkdir()
    assert find() is None


def test_what_was_not_used_for_longest_goes_first() -> None:
    contents = [{"prompt": str(number)} for number in range(6)]
    for number, content in enumerate(contents):
        cache().keep(replace(RESULT, content=content), fingerprint_of(content), now_ms=NOW_MS)
        path = next(FOLDER.rglob(f"{fingerprint_of(content)}.json"))
        os.utime(path, (1_000 + number, 1_000 + number))
    size = max(path.stat().st_size for path in entries())
    first = fingerprint_of(contents[0])
    assert cache().find(contents[0], first, now_ms=NOW_MS, ttl_ms=None) is not None  # used now

    cache(3 * size).trim()

    left = {path.stem for path in entries()}
    assert left == {fingerprint_of(contents[number]) for number in (0, 4, 5)}


def test_an_abandoned_draft_is_removed_and_one_that_is_being_written_is_not() -> None:
    cache().keep(RESULT, KEY, now_ms=NOW_MS)
    shelf = entries()[0].parent
    (shelf / ".old.tmp").write_text("")
    os.utime(shelf / ".old.tmp", (1_000, 1_000))
    (shelf / ".new.tmp").write_text("")

    cache().trim()

    assert sorted(path.name for path in shelf.iterdir()) == [".new.tmp", f"{KEY}.json"]


def test_an_answer_larger_than_the_cache_is_not_kept() -> None:
    cache(100).keep(RESULT, KEY, now_ms=NOW_MS)

    assert entries() == []


WRITER: Final = """
import sys
from pathlib import Path
from goflow.journal.cache import Cache
from goflow.planning.content import fingerprint_of
from goflow.projections.reuse import Result
cache, name = Cache(Path("kept"), most_bytes=200_000), sys.argv[1]
print("ready", flush=True)
sys.stdin.readline()
for turn in range(60):
    for number in range(8):
        content = {"prompt": str(number)}
        output = f"{number}:" + name * (2_000 + turn)
        about = {"step": "s", "origin": "r", "agent": "a", "model": None, "prompt": "p"}
        result = Result(**about, output=output, content=content)
        found = cache.find(content, fingerprint_of(content), now_ms=turn, ttl_ms=None)
        assert found is None or found.output.startswith(f"{number}:")
        cache.keep(result, fingerprint_of(content), now_ms=turn)
    if turn % 10 == 0:
        cache.trim()
"""


def test_processes_that_fill_it_at_once_leave_whole_answers_alone() -> None:
    pipe = subprocess.PIPE
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, name], stdin=pipe, stdout=pipe, stderr=pipe)
        for name in "xyz"
    ]
    try:
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write(b"\n")
            writer.stdin.flush()
        told = [writer.communicate(timeout=50)[1] for writer in writers]
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()

    assert told == [b"", b"", b""]
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert list(FOLDER.rglob("*.tmp")) == []
    for number in range(8):
        content = {"prompt": str(number)}
        found = cache().find(content, fingerprint_of(content), now_ms=0, ttl_ms=None)
        assert found is not None
        assert len(set(found.output.removeprefix(f"{number}:"))) == 1
