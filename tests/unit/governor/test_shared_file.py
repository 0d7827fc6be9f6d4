from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from goflow.governor.folder import name_of, open_shared
from goflow.governor.holders import LEASE_S, Holder, this_process
from goflow.governor.limits import BucketKey
from goflow.governor.record import LENGTH, Record, decode, encode
from goflow.governor.shared_file import SharedFile
from goflow.governor.state import SIZE, State, from_numbers, to_numbers
from goflow.governor.store import Store

KEY = BucketKey(provider="openai", address="https://api.example", model="m", secret="sk-very-secret")
NOW = 1_000_000.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bucket"


@pytest.fixture
def shared(path: Path) -> Iterator[SharedFile]:
    with closing(SharedFile(path)) as file:
        yield file


def add(store: Store, in_flight: int, now: float = NOW) -> float:
    """Change what is in flight; return what it was before."""
    state = store.begin(now)
    assert state is not None
    before = state.counts.in_flight
    state.counts.in_flight += in_flight
    state.counts.granted += 1
    store.end(now)
    return before


def write(path: Path, *holders: Holder) -> None:
    """Leave a file in which these have calls in flight."""
    path.write_bytes(encode(Record(0, State(), list(holders))))


def test_two_that_have_it_open_see_what_the_other_did(path: Path, shared: SharedFile) -> None:
    with closing(SharedFile(path)) as other:
        assert add(shared, 2) == 0
        assert add(other, 3) == 2
        assert add(shared, -1) == 5
        assert add(other, 0) == 4


def test_what_was_learned_is_there_after_all_have_closed_it(path: Path) -> None:
    with closing(SharedFile(path)) as first:
        state = first.begin(NOW)
        assert state is not None
        state.learned.rate = 20.0
        first.end(NOW)

    with closing(SharedFile(path)) as second:
        found = second.begin(NOW)
        second.end(NOW)

    assert found is not None
    assert found.learned.rate == 20.0


@given(numbers=st.lists(st.floats(allow_nan=False), min_size=SIZE, max_size=SIZE), turn=st.integers(0, 2**63))
def test_a_record_is_read_as_it_was_written_and_no_part_of_it_is(numbers: list[float], turn: int) -> None:
    holders = [Holder(1, 2, 3, 4, 5.0), Holder(6, 7, 8, 9, 10.0)]
    record = Record(turn, from_numbers(tuple(numbers)), holders)

    content = encode(record)
    read = decode(content + bytes(9))

    assert read is not None
    assert (to_numbers(read.state), read.turn, read.holders) == (tuple(numbers), turn, holders)
    assert all(decode(content[:length]) is None for length in range(0, len(content), 7))


@given(place=st.integers(0, 400), byte=st.integers(1, 255))
def test_a_record_of_which_a_byte_is_another_is_none(place: int, byte: int) -> None:
    content = bytearray(encode(Record(5, State(), [Holder(1, 2, 3, 4, 5.0)])))
    place %= len(content)
    if place == 5:
        return  # says nothing
    content[place] ^= byte

    assert decode(bytes(content)) is None


def test_a_record_that_was_cut_off_leaves_the_one_before(path: Path, shared: SharedFile) -> None:
    add(shared, 1)
    add(shared, 1)
    add(shared, 1)
    content = bytearray(path.read_bytes())
    content[LENGTH + 60 :] = bytes(len(content) - LENGTH - 60)
    path.write_bytes(content)

    with closing(SharedFile(path)) as other:
        assert add(other, 0) == 2


@pytest.mark.parametrize("content", [b"", b"\0" * 2 * LENGTH, b"gflm" + b"\xff" * LENGTH, b"x" * 100_000])
def test_a_file_that_cannot_be_read_is_begun_anew(content: bytes, path: Path, shared: SharedFile) -> None:
    add(shared, 1)
    path.write_bytes(content)

    assert add(shared, 1) == 0
    assert add(shared, 1) == 1


def test_calls_of_a_process_that_is_gone_are_free_again(path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    here = this_process()
    write(path, Holder(here.realm, gone.pid, 1, 7, NOW), Holder(here.realm, os.getppid(), 1, 7, NOW))

    with closing(SharedFile(path)) as file:
        assert add(file, 1) == 0
        assert file.others_in_flight() == 0


def test_calls_of_a_living_process_stay(path: Path) -> None:
    here = this_process()
    script = f"import sys; sys.path[:] = {sys.path!r}; from goflow.governor.holders import this_process; "
    script += "print(this_process().started, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as living:
        assert living.stdout is not None
        started = int(living.stdout.readline())
        write(path, Holder(here.realm, living.pid, started, 7, NOW))
        with closing(SharedFile(path)) as file:
            assert add(file, 0) == 7
            assert file.others_in_flight() == 7
        living.communicate("\n")


def test_what_runs_elsewhere_is_gone_after_a_long_silence(path: Path) -> None:
    elsewhere = this_process().realm ^ 1
    write(path, Holder(elsewhere, 1, 1, 3, NOW - LEASE_S - 1), Holder(elsewhere, 1, 2, 4, NOW - LEASE_S + 1))

    with closing(SharedFile(path)) as file:
        assert add(file, 0) == 4


def test_there_is_room_for_more_processes_than_there_ever_are(path: Path) -> None:
    elsewhere = this_process().realm ^ 1
    crowd = [Holder(elsewhere, 1, number, 1, NOW) for number in range(500)]
    with closing(SharedFile(path)) as file:
        add(file, 0)
        file._record.holders.extend(crowd)
        add(file, 1)

        assert len(path.read_bytes()) <= 2 * LENGTH


WORKER = """
import sys
sys.path[:] = {path!r}
from pathlib import Path
from goflow.governor.shared_file import SharedFile
file = SharedFile(Path(sys.argv[1]))
turns = int(sys.argv[2])
print("on", flush=True)
while turns:
    state = file.begin(1e6)
    if state is None:
        continue
    state.counts.granted += 1
    state.counts.in_flight += 1
    file.end(1e6)
    turns -= 1
"""


def worker(path: Path, turns: int) -> subprocess.Popen[str]:
    script = WORKER.format(path=sys.path)
    return subprocess.Popen(
        [sys.executable, "-c", script, str(path), str(turns)], stdout=subprocess.PIPE, text=True
    )


def test_nothing_is_lost_between_two_processes_that_use_it_at_once(path: Path, shared: SharedFile) -> None:
    with worker(path, 500) as first, worker(path, 500) as second:
        first.wait()
        second.wait()

    state = shared.begin(NOW)
    shared.end(NOW)

    assert state is not None
    assert state.counts.granted == 1000
    assert state.counts.in_flight == 0


@pytest.mark.crash
def test_whenever_a_process_is_killed_the_file_is_whole_and_free(
    path: Path, shared: SharedFile, kills: int
) -> None:
    last = 0.0
    for number in range(kills):
        with worker(path, -1) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.001 * (number % 7))  # the moment of the kill is what differs, nothing waits for it
            process.send_signal(signal.SIGKILL)
        state = shared.begin(NOW + number)
        assert state is not None
        assert state.counts.in_flight == 0
        assert state.counts.granted >= last
        last = state.counts.granted
        shared.end(NOW + number)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such permissions")
def test_the_folder_is_private_and_no_key_stands_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "limits"
    with closing(open_shared(folder, KEY)) as file:
        add(file, 1)

    files = list(folder.iterdir())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
    assert not any(b"secret" in each.read_bytes() or "secret" in each.name for each in files)


def test_names_differ_by_each_part_of_a_bucket_and_by_the_salt() -> None:
    others = [replace(KEY, **{part: "other"}) for part in ("provider", "address", "model", "secret")]

    names = {name_of(key, b"salt") for key in (KEY, *others)} | {name_of(KEY, b"pepper")}

    assert len(names) == 6
    assert "very-secret" not in repr(KEY)


def test_two_that_open_a_new_folder_use_one_file(tmp_path: Path) -> None:
    with closing(open_shared(tmp_path, KEY)) as first, closing(open_shared(tmp_path, KEY)) as second:
        add(first, 1)

        assert add(second, 1) == 1


def test_a_salt_that_is_cut_off_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "salt").write_bytes(b"short")

    with pytest.raises(OSError, match="is cut off"):
        open_shared(tmp_path, KEY)


def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path, path: Path) -> None:
    path.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OSError, match="symbolic"):
        SharedFile(path)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such permissions")
def test_a_folder_that_others_may_look_into_is_made_private(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    open_shared(tmp_path, KEY).close()

    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
