from __future__ import annotations

import os
import resource
import stat
from pathlib import Path

import pytest

from goflow.errors import UsageError
from goflow.settings.trust import is_trusted, remember_trust


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return a state folder that is not there yet."""
    return tmp_path / "state" / "goflow"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "inner").mkdir(parents=True)
    return folder


def lines(state: Path) -> list[str]:
    return (state / "trusted").read_text(encoding="utf-8").splitlines()


def written(state: Path, content: bytes) -> None:
    state.mkdir(parents=True)
    (state / "trusted").write_bytes(content)


def test_no_folder_is_trusted_before_somebody_says_so(project: Path, state: Path) -> None:
    assert not is_trusted(project, state)
    assert not state.exists()


def test_a_trusted_folder_is_remembered_with_all_below_it(project: Path, state: Path) -> None:
    remember_trust(project, state)

    assert is_trusted(project, state)
    assert is_trusted(project / "inner" / "not-there-yet", state)
    assert not is_trusted(project.parent, state)
    assert not is_trusted(project.with_name("project-2"), state)


def test_folders_are_added_once_each_and_the_others_stay(project: Path, state: Path, tmp_path: Path) -> None:
    written(state, b"# by hand\nrelative/path\n/somewhere/else")
    for folder in (project, project / "inner", project, tmp_path):
        remember_trust(folder, state)

    assert lines(state) == ["# by hand", "relative/path", "/somewhere/else", str(project), str(tmp_path)]
    assert [path.name for path in state.iterdir()] == ["trusted"]


def test_the_file_is_the_users_alone(project: Path, state: Path) -> None:
    remember_trust(project, state)

    assert stat.S_IMODE((state / "trusted").stat().st_mode) == 0o600


def test_trust_is_in_the_folder_that_a_link_leads_to(project: Path, state: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(project)
    remember_trust(link, state)
    assert lines(state) == [str(project)]

    link.unlink()
    link.symlink_to(tmp_path)
    assert not is_trusted(link, state)


def test_a_trusted_folder_that_becomes_a_link_elsewhere_is_not_trusted(
    project: Path, state: Path, tmp_path: Path
) -> None:
    remember_trust(project / "inner", state)
    (project / "inner").rmdir()
    (tmp_path / "cloned").mkdir()
    (project / "inner").symlink_to(tmp_path / "cloned")

    assert not is_trusted(project / "inner", state)


@pytest.mark.parametrize("line", [b"", b".", b"project", b"\xff\xfe", b"\0", b"/../", b"/x/.."])
def test_a_line_that_holds_no_folder_trusts_nothing(line: bytes, project: Path, state: Path) -> None:
    written(state, line + b"\n" + os.fsencode(project / "inner") + b"\n" + line)

    assert not is_trusted(project, state)
    assert is_trusted(project / "inner", state)


def test_a_name_that_is_not_utf_8_can_be_trusted(project: Path, state: Path) -> None:
    folder = project / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    remember_trust(folder, state)

    assert is_trusted(folder, state)
    assert not is_trusted(project, state)


def test_a_file_that_cannot_be_read_trusts_nothing_and_is_not_replaced(project: Path, state: Path) -> None:
    (state / "trusted" / "inside").mkdir(parents=True)

    assert not is_trusted(project, state)
    with pytest.raises(UsageError, match="is not kept: is a directory"):
        remember_trust(project, state)
    assert (state / "trusted" / "inside").is_dir()
    assert [path.name for path in state.iterdir()] == ["trusted"]


def test_a_disk_that_takes_no_more_is_told_and_nothing_is_left(project: Path, state: Path) -> None:
    written(state, b"/somewhere/else\n")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with pytest.raises(UsageError, match="is not kept: file too large"):
            remember_trust(project, state)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert lines(state) == ["/somewhere/else"]
    assert [path.name for path in state.iterdir()] == ["trusted"]


def test_a_state_folder_that_cannot_be_made_is_told(project: Path, state: Path) -> None:
    state.parent.write_text("a file", encoding="utf-8")

    with pytest.raises(UsageError, match="cannot be written") as caught:
        remember_trust(project, state)
    assert caught.value.help == "`--trust` trusts a folder for one run"


def test_a_folder_that_a_line_cannot_hold_is_not_trusted(project: Path, state: Path) -> None:
    folder = project / "inner\n"
    folder.mkdir()

    for refused in (folder, project / "missing"):
        with pytest.raises(UsageError, match="cannot be trusted"):
            remember_trust(refused, state)
    assert not state.exists()
