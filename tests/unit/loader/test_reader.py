from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from goflow.loader.reader import MEGABYTE, DiskReader, Missing, Reader, RecordedReader, Unreadable
from goflow.loader.sources import source_file
from goflow.workflow import SourceRole


@pytest.fixture(params=["disk", "recorded"])
def reader(request: pytest.FixtureRequest, tmp_path: Path) -> Reader:
    """Serve `folder/b.md` and `folder/a.md`, from the disk and as recorded."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("b.md", "a.md"):
        (folder / name).write_bytes(name.encode())
    if request.param == "disk":
        return DiskReader()
    return RecordedReader(
        source_file(SourceRole.AGENT, path, path.read_bytes()) for path in sorted(folder.iterdir())
    )


def test_a_file_is_read_whole(reader: Reader, tmp_path: Path) -> None:
    assert reader.read(tmp_path / "folder" / "a.md", limit=4) == b"a.md"


def test_names_of_a_folder_are_sorted(reader: Reader, tmp_path: Path) -> None:
    assert reader.names(tmp_path / "folder") == ["a.md", "b.md"]


def test_a_file_that_does_not_exist_is_missing(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(Missing, match=r"nothing.md` does not exist$"):
        reader.read(tmp_path / "folder" / "nothing.md", limit=4)


def test_a_folder_that_does_not_exist_is_missing(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(Missing):
        reader.names(tmp_path / "elsewhere")


def test_a_file_below_a_file_is_missing(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(Missing):
        reader.read(tmp_path / "folder" / "a.md" / "x.md", limit=4)


def test_a_file_over_the_limit_is_refused_with_the_limit(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="is larger than 0 MB"):
        reader.read(tmp_path / "folder" / "a.md", limit=3)


def test_no_more_than_the_limit_is_read_of_a_huge_file(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(1 << 40)

    with pytest.raises(Unreadable, match="is larger than 1 MB"):
        DiskReader().read(path, limit=MEGABYTE)


def test_a_folder_is_not_read_as_a_file(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"is a folder$"):
        DiskReader().read(tmp_path, limit=4)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes")
def test_a_pipe_nobody_writes_to_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "pipe.yaml"
    os.mkfifo(path)

    with pytest.raises(Unreadable, match=r"is a pipe, not a file$"):
        DiskReader().read(path, limit=4)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such devices")
def test_a_device_is_refused() -> None:
    with pytest.raises(Unreadable, match=r"is a device, not a file$"):
        DiskReader().read(Path("/dev/zero"), limit=4)


@pytest.mark.parametrize("name", ["a\0b", "a" * 5000])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Unreadable, match="cannot be read: "):
        DiskReader().read(tmp_path / name, limit=4)


def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret.yaml"
    path.write_text("name: x")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")

    with pytest.raises(Unreadable, match=r"cannot be read: permission denied$"):
        DiskReader().read(path, limit=40)
