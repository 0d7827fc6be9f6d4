from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from goflow.errors import JournalCorrupt, RunFolderError
from goflow.events import SourceRecord
from goflow.journal.double import DroppingFiles
from goflow.journal.sources import read_sources, write_sources
from goflow.workflow import SourceFile, SourceRole


def source(path: str, content: bytes, role: SourceRole = SourceRole.AGENT) -> SourceFile:
    return SourceFile(role=role, path=path, digest=sha256(content).hexdigest(), content=content)


def record(file: SourceFile) -> SourceRecord:
    return SourceRecord(role=file.role, path=file.path, digest=file.digest)


SOURCES = (
    source("/w/flow.yaml", b"name: flow\r\n", SourceRole.WORKFLOW),
    source("/w/a.agent.md", b"\xff\0 anything"),
    source("/w/b.agent.md", b"\xff\0 anything"),
    source("/w/empty", b"", SourceRole.INPUT),
)
RECORDS = [record(file) for file in SOURCES]


def test_sources_come_back_as_they_were(tmp_path: Path) -> None:
    write_sources(tmp_path, SOURCES)

    assert read_sources(tmp_path, RECORDS) == SOURCES
    assert {path.name for path in (tmp_path / "sources").iterdir()} == {file.digest for file in SOURCES}


def test_sources_outlive_a_power_loss(tmp_path: Path) -> None:
    files = DroppingFiles()
    write_sources(tmp_path, SOURCES, files)

    files.lose_power()

    assert read_sources(tmp_path, RECORDS) == SOURCES


def test_a_source_that_was_changed_or_is_missing_is_named(tmp_path: Path) -> None:
    write_sources(tmp_path, SOURCES)
    path = tmp_path / "sources" / SOURCES[0].digest

    path.write_bytes(b"other")
    with pytest.raises(JournalCorrupt, match=f"`{path}` has been changed"):
        read_sources(tmp_path, RECORDS)

    path.unlink()
    with pytest.raises(JournalCorrupt, match=f"`{path}` is missing"):
        read_sources(tmp_path, RECORDS)


def test_a_source_of_an_unknown_kind_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalCorrupt, match="no source that is a `spell`"):
        read_sources(tmp_path, [SourceRecord(role="spell", path="x", digest="0" * 64)])


def test_a_folder_that_refuses_sources_is_an_error_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "sources").write_text("in the way")

    with pytest.raises(RunFolderError, match=f"`{tmp_path / 'sources'}` cannot be written: not a directory"):
        write_sources(tmp_path, SOURCES)


def test_a_digest_that_is_not_the_contents_is_a_bug(tmp_path: Path) -> None:
    wrong = SourceFile(role=SourceRole.AGENT, path="/w/a", digest="0" * 64, content=b"a")

    with pytest.raises(ValueError, match="the digest of /w/a"):
        write_sources(tmp_path, [wrong])
