from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from goflow.tools.base import ToolContext
from goflow.tools.bubblewrap import Bubblewrap
from goflow.tools.command_environ import safe_environ
from goflow.tools.commands import BASH
from goflow.tools.confinement import Confinement, Limits
from goflow.tools.file_view import Mount, Place, file_view, outermost
from goflow.tools.landlock import Landlock
from goflow.tools.sandbox import (
    complaint_about,
    confined,
    describe_sandbox,
    find_confinement,
    own_code,
    sandboxes,
)
from goflow.tools.user_secrets import secret_places
from tests.unit.tools.file_contexts import NoPorts, use

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sandboxes are Linux's")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture(params=["bubblewrap", "landlock"])
def context(request: pytest.FixtureRequest, workspace: Path) -> ToolContext:
    found = sandboxes(os.environ["PATH"], os.path.realpath(os.curdir))[request.param]
    complaint = "not installed" if found is None else complaint_about(found)
    if complaint is not None:
        pytest.skip(f"{request.param}: {complaint}")
    return ToolContext(
        workspace=str(workspace), confinement=found, environ=safe_environ(os.environ), ports=NoPorts()
    )


# Finding one


def test_the_sandbox_that_works_is_found_and_contains_all() -> None:
    found = describe_sandbox(os.environ)
    if found.confinement is None:
        pytest.skip("; ".join(found.passed_over))
    assert complaint_about(found.confinement) is None
    assert found.contained == ("files", "network", "processes")
    assert find_confinement(os.environ) is found.confinement


def test_without_bubblewrap_it_is_landlock_and_why_is_told(tmp_path: Path) -> None:
    if complaint_about(Landlock()) is not None:
        pytest.skip(f"landlock: {complaint_about(Landlock())}")
    found = describe_sandbox({"PATH": str(tmp_path)})
    assert found.confinement == Landlock()
    assert found.passed_over == ("bubblewrap: `bwrap` is not installed",)


def test_a_bubblewrap_that_does_not_work_is_passed_over(tmp_path: Path) -> None:
    write_program(tmp_path / "bwrap", "echo no namespaces here >&2; exit 1")
    found = describe_sandbox({"PATH": str(tmp_path)})
    assert found.confinement is None or found.confinement.name == "landlock"
    assert found.passed_over[0] == "bubblewrap: no namespaces here"


def test_a_bubblewrap_that_a_command_may_have_put_there_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    here = Path.cwd()
    (here / "bin").mkdir()
    write_program(here / "bin" / "bwrap", "exit 0")
    monkeypatch.chdir(here)
    for path in (f"{here}/bin", "bin", "", "."):
        assert sandboxes(path, str(here))["bubblewrap"] is None


def test_a_machine_that_cannot_cut_the_network_has_no_landlock(workspace: Path) -> None:
    wrapped = Landlock().wrap(["/bin/sh", "-c", "touch ran"], Limits(writable=(str(workspace),)))
    script = 'echo 0 > /proc/sys/user/max_net_namespaces && exec "$@"'
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "sh", "-c", script, "sh", *wrapped],
        cwd=workspace,
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare: unshare failed" in done.stderr:
        pytest.skip(done.stderr)
    assert done.returncode == 125
    assert done.stdout == "cannot confine the command: [Errno 28] unshare: No space left on device\n"
    assert not (workspace / "ran").exists()


def write_program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


# What a command may touch


def test_extra_folders_are_writable(context: ToolContext, tmp_path: Path) -> None:
    (tmp_path / "extra").mkdir()
    context = replace(context, extra_dirs=(str(tmp_path / "extra"),))
    assert use(BASH, context, command="echo x > ../extra/new && cat ../extra/new") == "x"
    assert (tmp_path / "extra" / "new").exists()


def test_an_extra_folder_swapped_for_a_link_is_not_followed(context: ToolContext, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    context = replace(context, extra_dirs=(f"{context.workspace}/more",))
    Path(context.extra_dirs[0]).symlink_to(tmp_path / "outside")
    assert use(BASH, context, command="echo x 2> /dev/null > more/new; echo ran").endswith("ran")
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_protected_folder_swapped_for_a_link_makes_nothing_writable(
    context: ToolContext, tmp_path: Path
) -> None:
    (tmp_path / "outside" / "run").mkdir(parents=True)
    (Path(context.workspace) / "runs").symlink_to(tmp_path / "outside")
    context = replace(context, protected=(f"{context.workspace}/runs/run",))
    assert use(BASH, context, command="echo x > runs/new; echo x > runs/run/new; echo ran").endswith("ran")
    assert [path.name for path in (tmp_path / "outside").rglob("*")] == ["run"]


def test_the_running_program_cannot_be_changed(context: ToolContext, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Path(context.workspace) / ".venv" / "lib"
    site.mkdir(parents=True)
    monkeypatch.setattr(sys, "prefix", f"{context.workspace}/.venv")
    told = use(BASH, context, command="echo x > .venv/lib/new; mv .venv away; ls -A . .venv/lib")
    assert "Read-only file system" in told
    assert list(site.iterdir()) == []


def test_temporary_files_are_the_commands_own(context: ToolContext) -> None:
    told = use(BASH, context, command="ls /tmp | wc -l; echo $TMPDIR; echo x > /tmp/left && cat /tmp/left")
    assert told == "1\n/tmp\nx"
    assert use(BASH, context, command="cat /tmp/left 2> /dev/null || echo gone").startswith("gone")
    assert not Path("/tmp/left").exists()


def test_a_command_is_as_it_was_where_there_is_no_sandbox(context: ToolContext) -> None:
    assert confined(["/bin/true"], replace(context, confinement=None)) == ["/bin/true"]


def test_the_network_may_be_left(workspace: Path) -> None:
    confinement = find_confinement(os.environ)
    if confinement is None:
        pytest.skip("this machine has no sandbox")
    here = str(Path("/proc/self/ns/net").readlink())
    assert namespace_in(confinement, workspace, network=True) == here
    assert namespace_in(confinement, workspace, network=False) != here


def namespace_in(confinement: Confinement, workspace: Path, *, network: bool) -> str:
    limits = Limits(writable=(str(workspace),), network=network)
    command = confinement.wrap(["/bin/sh", "-c", "readlink /proc/self/ns/net"], limits)
    return subprocess.check_output(command, cwd=workspace, text=True, stdin=subprocess.DEVNULL).strip()


def test_terminals_can_be_made(context: ToolContext) -> None:
    python = os.path.realpath(sys.executable)  # an environment below `/tmp` is not there in a sandbox
    assert use(BASH, context, command=f"{python} -c 'import pty; pty.openpty(); print(1)'") == "1"


def test_streams_can_be_opened_by_name(context: ToolContext) -> None:
    assert (
        use(BASH, context, command="echo a > /dev/stdout; echo b > /dev/stderr; cat <(echo c)") == "a\nb\nc"
    )


# What is mounted


def test_nothing_is_mounted_within_a_writable_folder_but_what_is_guarded(workspace: Path) -> None:
    for name in ("a/b/protected", "a/secret"):
        (workspace / name).mkdir(parents=True)
    limits = Limits(
        writable=(str(workspace), f"{workspace}/a"),
        protected=(f"{workspace}/a/b/protected", "/etc", f"{workspace}/missing"),
        hidden=(f"{workspace}/a/secret",),
    )
    found = [mount for mount in file_view(limits) if mount.path.startswith(str(workspace))]
    assert found == [
        Mount(place=Place.WRITABLE, path=str(workspace)),
        Mount(place=Place.WRITABLE, path=f"{workspace}/a"),
        Mount(place=Place.WRITABLE, path=f"{workspace}/a/b"),
        Mount(place=Place.READ_ONLY, path=f"{workspace}/a/b/protected"),
        Mount(place=Place.EMPTY, path=f"{workspace}/a/secret"),
    ]


def test_a_folder_that_came_later_is_not_mounted_on_itself(workspace: Path) -> None:
    limits = Limits(writable=(str(workspace),), protected=(f"{workspace}/later/run",))
    file_view(limits)
    (workspace / "later" / "run").mkdir(parents=True)
    assert Mount(place=Place.WRITABLE, path=f"{workspace}/later") not in file_view(limits)
    assert Mount(place=Place.READ_ONLY, path=f"{workspace}/later/run") in file_view(limits)


def test_a_folder_in_another_is_writable_with_it() -> None:
    assert outermost(["/a/b", "/a", "/ab", "/c/d"]) == ["/a", "/ab", "/c/d"]


@pytest.mark.parametrize("confinement", [Bubblewrap(program="/usr/bin/bwrap"), Landlock()])
def test_the_network_is_cut_unless_it_is_to_be_left(confinement: Confinement) -> None:
    assert confinement.wrap(["x"], Limits(writable=())) != confinement.wrap(
        ["x"], Limits(writable=(), network=True)
    )


# Keys


def test_secrets_are_those_that_exist_and_hold_nothing_that_must_be_seen(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for name in (".ssh", ".config/goflow", ".kube/project", "elsewhere"):
        (home / name).mkdir(parents=True)
    (home / ".netrc").write_text("key")
    (home / ".aws").symlink_to(home / "elsewhere")
    found = secret_places({"HOME": str(home)}, (f"{home}/.kube/project",))
    here = [path.removeprefix(f"{home}/") for path in found if path.startswith(str(home))]
    assert here == [".config/goflow", ".netrc", ".ssh", "elsewhere"]


def test_secrets_of_a_configuration_elsewhere_are_hidden(tmp_path: Path) -> None:
    (tmp_path / "goflow").mkdir()
    assert f"{tmp_path}/goflow" in secret_places({"XDG_CONFIG_HOME": str(tmp_path)}, ())


def test_the_running_program_is_its_package_and_its_environment() -> None:
    assert {
        os.path.realpath(sys.prefix),
        os.path.realpath(Path(BASH.use.__code__.co_filename).parents[1]),
    } <= set(own_code())
