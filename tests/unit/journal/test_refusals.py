"""A storage that refuses: nothing is half kept, the error is plain, and the run can be resumed."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from goflow.errors import Fenced, RunFolderError
from goflow.journal.blobs import LONGEST_TEXT
from goflow.journal.file import FileJournal
from goflow.journal.files import Disk
from tests.unit.journal.facts import CREATED, claimed, number, started
from tests.unit.journal.limits import file_size_limit

OPENING = number([CREATED, claimed(1)])
LARGE = number([started("large", "x" * LONGEST_TEXT)], after=2)
AFTER_LARGE = number([started("after")], after=3)
SMALL = number([started("small")], after=2)


def test_a_batch_that_does_not_fit_leaves_no_trace_and_the_next_may_fit(tmp_path: Path) -> None:
    async def main() -> None:
        async with FileJournal(tmp_path) as journal:
            await journal.append(OPENING, expected_seq=0, epoch=0)
            before = (tmp_path / "events.jsonl").read_bytes()

            with file_size_limit(4096), pytest.raises(RunFolderError) as raised:
                await journal.append(LARGE, expected_seq=2, epoch=1)

            path = tmp_path / "events.jsonl"
            assert (
                raised.value.message
                == f"`{path}` cannot be written: it would grow beyond the size that files may have"
            )
            assert raised.value.help == f"raise the limit (`ulimit -f`), then `goflow resume {tmp_path}`"
            assert path.read_bytes() == before
            await journal.append(SMALL, expected_seq=2, epoch=1)

    asyncio.run(main())

    assert list(FileJournal(tmp_path).read()) == [*OPENING, *SMALL]


def test_what_was_to_follow_a_refused_batch_is_refused_for_the_same_reason(tmp_path: Path) -> None:
    async def main() -> None:
        async with FileJournal(tmp_path) as journal:
            await journal.append(OPENING, expected_seq=0, epoch=0)
            with file_size_limit(4096):
                results = await asyncio.gather(
                    journal.append(LARGE, expected_seq=2, epoch=1),
                    journal.append(AFTER_LARGE, expected_seq=3, epoch=1),
                    return_exceptions=True,
                )
            assert [type(result) for result in results] == [RunFolderError, RunFolderError]
            await journal.append(SMALL, expected_seq=2, epoch=1)
            with pytest.raises(Fenced):
                await journal.append(number([started("late")], after=9), expected_seq=9, epoch=1)

    asyncio.run(main())

    assert list(FileJournal(tmp_path).read()) == [*OPENING, *SMALL]


def test_a_long_text_that_does_not_fit_is_refused_with_its_event(tmp_path: Path) -> None:
    long = number([started("long", "x" * 2 * LONGEST_TEXT)], after=2)

    async def main() -> None:
        async with FileJournal(tmp_path) as journal:
            await journal.append(OPENING, expected_seq=0, epoch=0)
            with file_size_limit(4096):
                results = await asyncio.gather(
                    journal.append(long, expected_seq=2, epoch=1),
                    journal.append(AFTER_LARGE, expected_seq=3, epoch=1),
                    return_exceptions=True,
                )
            for result in results:
                assert isinstance(result, RunFolderError)
                assert result.message.startswith(f"`{tmp_path / 'blobs'}` cannot be written: ")
            await journal.append(SMALL, expected_seq=2, epoch=1)

    asyncio.run(main())

    assert list(FileJournal(tmp_path).read()) == [*OPENING, *SMALL]
    assert list((tmp_path / "blobs").iterdir()) == []


class FailingDisk(Disk):
    """A disk that fails as it is told, once."""

    def __init__(self) -> None:
        self.failing: dict[str, int] = {}

    def sync(self, file: int) -> None:
        self._fail("sync")
        super().sync(file)

    def write(self, file: int, content: bytes) -> None:
        if "write" in self.failing:
            super().write(file, content[: len(content) // 2])
        self._fail("write")
        super().write(file, content)

    def truncate(self, file: int, size: int) -> None:
        self._fail("truncate")
        super().truncate(file, size)

    def _fail(self, operation: str) -> None:
        number = self.failing.pop(operation, None)
        if number is not None:
            raise OSError(number, os.strerror(number))


def test_after_a_failed_flush_nothing_more_is_written(tmp_path: Path) -> None:
    disk = FailingDisk()

    async def main() -> None:
        async with FileJournal(tmp_path, disk) as journal:
            await journal.append(OPENING, expected_seq=0, epoch=0)
            disk.failing["sync"] = errno.EIO
            for _ in range(2):
                with pytest.raises(RunFolderError, match="the disk reports an error"):
                    await journal.append(SMALL, expected_seq=2, epoch=1)

    asyncio.run(main())

    assert list(FileJournal(tmp_path).read()) == OPENING


def test_a_batch_that_cannot_be_cut_back_is_torn_and_so_not_there(tmp_path: Path) -> None:
    disk = FailingDisk()

    async def main() -> None:
        async with FileJournal(tmp_path, disk) as journal:
            await journal.append(OPENING, expected_seq=0, epoch=0)
            disk.failing |= {"write": errno.ENOSPC, "truncate": errno.EIO}
            for _ in range(2):
                with pytest.raises(RunFolderError, match="no space is left") as raised:
                    await journal.append(SMALL, expected_seq=2, epoch=1)
                assert raised.value.help == f"free some space, then `goflow resume {tmp_path}`"

        assert list(journal.read()) == OPENING
        async with FileJournal(tmp_path) as journal:
            await journal.append(SMALL, expected_seq=2, epoch=1)

    asyncio.run(main())

    assert list(FileJournal(tmp_path).read()) == [*OPENING, *SMALL]


def test_a_run_folder_that_is_gone_is_an_error(tmp_path: Path) -> None:
    async def main() -> None:
        async with FileJournal(tmp_path / "gone") as journal:
            with pytest.raises(RunFolderError, match="its folder is gone"):
                await journal.append(OPENING, expected_seq=0, epoch=0)

    asyncio.run(main())


FILL = """
import asyncio, sys
from pathlib import Path
from goflow.errors import RunFolderError
from goflow.journal.file import FileJournal
from tests.unit.journal.facts import CREATED, claimed, number, started

async def main(folder):
    async with FileJournal(folder) as journal:
        seq = 0
        try:
            while seq < 10_000:
                fact = started("s" * 999) if seq else CREATED
                await journal.append(number([fact], after=seq), expected_seq=seq, epoch=0)
                seq += 1
        except RunFolderError as error:
            print(error.message, error.help, sep="\\n")
    assert len(journal.read()) == seq > 10, seq

asyncio.run(main(Path(sys.argv[1])))
"""

MOUNT = 'mount -t tmpfs -o size=64k none "$1" && exec "$2" -c "$3" "$1"'
PRIVATE = ["unshare", "--user", "--map-root-user", "--mount"]


def can_mount() -> bool:
    return shutil.which("unshare") is not None and (
        subprocess.run(
            [*PRIVATE, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False
        ).returncode
        == 0
    )


def test_a_full_disk_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    if not can_mount():
        pytest.skip("this system lets no user mount a file system of their own")
    command = [*PRIVATE, "sh", "-c", MOUNT, "sh", str(tmp_path), sys.executable, FILL]
    root = Path(__file__).parents[3]

    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)

    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        f"`{tmp_path}/events.jsonl` cannot be written: no space is left",
        f"free some space, then `goflow resume {tmp_path}`",
    ]
