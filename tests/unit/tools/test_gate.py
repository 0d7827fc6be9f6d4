from __future__ import annotations

import os
from pathlib import Path

import pytest

from goflow.tools.base import ToolError
from goflow.tools.gate import MOST_FILE_BYTES, Gate
from goflow.tools.gate_folder import BY_DESCRIPTOR, Kind
from goflow.tools.gate_paths import folded

WAYS = [True, False] if BY_DESCRIPTOR else [False]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "work"
    (folder / "src" / "deep").mkdir(parents=True)
    (folder / "src" / "one.txt").write_text("one\n")
    return folder


@pytest.fixture(params=WAYS, ids=lambda way: "by descriptor" if way else "by path")
def by_descriptor(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def gate(workspace: Path, by_descriptor: bool) -> Gate:  # noqa: FBT001 - a fixture
    extra, kept = workspace.parent / "extra", workspace / ".runs"
    extra.mkdir()
    return Gate(
        workspace=str(workspace),
        extra_dirs=(str(extra),),
        protected=(str(kept),),
        by_descriptor=by_descriptor,
    )


def test_a_file_is_read_by_its_relative_and_by_its_absolute_path(gate: Gate, workspace: Path) -> None:
    assert gate.read("src/one.txt") == b"one\n"
    assert gate.read("./src//deep/../one.txt") == b"one\n"
    assert gate.read(str(workspace / "src" / "one.txt")) == b"one\n"


def test_what_is_written_is_read_again_and_its_folders_are_made(gate: Gate) -> None:
    assert gate.write("new/deep/two.txt", b"two") == "new/deep/two.txt"
    assert gate.read("new/deep/two.txt") == b"two"


def test_an_extra_folder_is_read_and_written_too(gate: Gate, workspace: Path) -> None:
    there = str(workspace.parent / "extra" / "x.txt")

    assert gate.write(there, b"x") == there
    assert gate.read("../extra/x.txt") == b"x"


def test_an_extra_folder_may_hold_the_workspace(workspace: Path, by_descriptor: bool) -> None:  # noqa: FBT001
    (workspace.parent / "beside.txt").write_text("beside")
    gate = Gate(workspace=str(workspace), extra_dirs=(str(workspace.parent),), by_descriptor=by_descriptor)

    assert gate.read("../beside.txt") == b"beside"
    assert gate.resolved("../work/src/one.txt") == "src/one.txt"


def test_links_are_followed_while_they_stay_inside(gate: Gate, workspace: Path) -> None:
    (workspace / "to-folder").symlink_to("src/deep")
    (workspace / "to-file").symlink_to(workspace / "src" / "one.txt")

    assert gate.read("to-file") == b"one\n"
    assert gate.resolved("to-file") == "src/one.txt"
    assert gate.resolved("to-folder/../one.txt") == "src/one.txt"


def test_a_link_to_what_does_not_exist_yet_is_written_through(gate: Gate, workspace: Path) -> None:
    (workspace / "link").symlink_to("src/new.txt")

    assert gate.write("link", b"new") == "src/new.txt"
    assert (workspace / "link").is_symlink()
    assert (workspace / "src" / "new.txt").read_text() == "new"


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (".", "."),
        ("src/", "src"),
        ("not/there/yet.txt", "not/there/yet.txt"),
        ("src/deep/../new.txt", "src/new.txt"),
    ],
)
def test_a_path_is_resolved_to_where_it_leads(gate: Gate, path: str, place: str) -> None:
    assert gate.resolved(path) == place


def test_a_place_outside_the_workspace_is_resolved_to_an_absolute_path(gate: Gate, workspace: Path) -> None:
    assert gate.resolved("../extra/new/x") == str(workspace.parent / "extra" / "new" / "x")


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("", "is empty"),
        ("a\0b", "holds a NUL"),
        ("\ud800", "holds half a character"),
        ("x" * 5000, "is longer than 4096 bytes"),
        ("x" * 300, "has a name that is too long"),
        ("../secret.txt", "leads outside: tools reach what is below `"),
        ("/etc/passwd", "leads outside"),
        ("src/../../secret.txt", "leads outside"),
        ("nothing.txt", "`nothing.txt` does not exist"),
        ("src", "`src` is a folder, not a file"),
        ("src/one.txt/x", "is not a folder"),
        ("nothing/../src/one.txt", "does not exist"),
    ],
)
def test_a_path_that_cannot_be_read_is_refused_with_the_reason(gate: Gate, path: str, complaint: str) -> None:
    with pytest.raises(ToolError) as refusal:
        gate.read(path)

    assert complaint in str(refusal.value)


def test_existence_is_told_of_files_folders_and_nothing(gate: Gate) -> None:
    assert gate.exists("src")
    assert gate.exists("src/one.txt")
    assert not gate.exists("src/two.txt")
    assert not gate.exists("no/such/folder")


def test_a_folder_is_listed_in_order_with_the_kind_of_each_name(gate: Gate, workspace: Path) -> None:
    (workspace / "src" / "link").symlink_to("one.txt")
    os.mkfifo(workspace / "src" / "pipe")

    listed = [(entry.name, entry.kind) for entry in gate.entries("src", most=9)]

    assert listed == [
        ("deep", Kind.FOLDER),
        ("link", Kind.LINK),
        ("one.txt", Kind.FILE),
        ("pipe", Kind.OTHER),
    ]


def test_a_replaced_file_keeps_its_mode_but_no_setuid(gate: Gate, workspace: Path) -> None:
    script = workspace / "src" / "one.txt"
    script.chmod(0o4751)

    gate.write("src/one.txt", b"new")

    assert script.stat().st_mode & 0o7777 == 0o751
    assert script.read_text() == "new"


def test_nothing_but_the_file_is_left_of_a_write_that_fails(gate: Gate, workspace: Path) -> None:
    with pytest.raises(ToolError, match="is a folder"):
        gate.write("src", b"x")
    with pytest.raises(ToolError, match="a tool writes up to"):
        gate.write("much/more.bin", bytes(MOST_FILE_BYTES + 1))

    assert sorted(path.name for path in workspace.rglob("*")) == ["deep", "one.txt", "src"]


@pytest.mark.parametrize("path", [".runs/x", ".RUNS/r/events.jsonl", "src/../.runs", ".runs"])
def test_the_record_of_runs_is_read_and_never_written(gate: Gate, workspace: Path, path: str) -> None:
    (workspace / ".runs").mkdir()
    (workspace / ".runs" / "kept").write_text("kept")

    with pytest.raises(ToolError, match="belongs to the record of runs"):
        gate.write(path, b"changed")

    assert gate.read(".runs/kept") == b"kept"
    assert [path.name for path in (workspace / ".runs").iterdir()] == ["kept"]


def test_what_may_not_be_written_is_refused_before_anything_is_made(gate: Gate, workspace: Path) -> None:
    with pytest.raises(ToolError, match="is git's own"):
        gate.write("vendored/.git/hooks/post-checkout", b"#!/bin/sh\n")
    with pytest.raises(ToolError, match="is git's own"):
        gate.resolved(".git/config", writes=True)

    assert not (workspace / "vendored" / ".git").exists()


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        (".GIT", ".git"),
        (".git ", ".git"),
        (".git. .", ".git"),
        (".g\u200cit", ".git"),
        (".git::$INDEX_ALLOCATION", ".git"),
        ("\u212aept", "kept"),  # the sign of the kelvin
        ("re\u0301sume\u0301", "r\u00e9sum\u00e9"),
        ("stra\u00dfe", "strasse"),
    ],
)
def test_names_are_compared_as_the_most_forgiving_file_system_does(name: str, plain: str) -> None:
    assert folded(name) == plain


def open_descriptors() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


def test_no_descriptor_is_left_open(gate: Gate, workspace: Path) -> None:
    (workspace / "out").symlink_to("/etc")
    before = open_descriptors()

    for path in ("src/one.txt", "src/deep/../one.txt", "out/passwd", "nothing/x", "src/one.txt/x", "src"):
        for act in (gate.read, gate.resolved, gate.exists, lambda path: gate.entries(path, most=5)):
            try:
                act(path)
            except ToolError:
                continue

    assert open_descriptors() == before
