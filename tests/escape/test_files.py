"""Ways out of the workspace through the file tools, by class: none reveals or changes what is outside."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from goflow.tools.base import Tool, ToolContext, ToolError
from goflow.tools.edits import CREATE_FILE, EDIT_TOOLS, MULTI_REPLACE, REPLACE_STRING
from goflow.tools.files import FILE_TOOLS, LIST_DIR, VIEW
from goflow.tools.gate import Gate
from goflow.tools.gate_folder import BY_DESCRIPTOR
from goflow.tools.grep import GREP
from goflow.tools.search import SEARCH_TOOLS
from goflow.tools.walking import Tour
from tests.unit.tools.file_contexts import context_in, use

CANARY = "canary-7c1d"
"""What stands in every file outside, and in the names of some."""

READING = (*FILE_TOOLS, *SEARCH_TOOLS)
WRITING = EDIT_TOOLS

pytestmark = pytest.mark.skipif(not BY_DESCRIPTOR, reason="this system checks paths, then uses them")


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return the mode and the content of all below a folder."""
    found = {}
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        found[str(path.relative_to(folder))] = (path.lstat().st_mode, content)
    return found


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """Make files beside the workspace, which are the same after the test."""
    folder = tmp_path.resolve() / "outside"
    (folder / "inner").mkdir(parents=True)
    (folder / "file.txt").write_text(f"{CANARY} needle\n")
    (folder / "inner" / "file.txt").write_text(f"{CANARY} needle\n")
    (folder / f"{CANARY}.txt").touch()
    before = tree(folder)
    yield folder
    assert tree(folder) == before


@pytest.fixture
def workspace(outside: Path) -> Path:
    folder = outside.parent / "work"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "file.txt").write_text("inside needle\n")
    return folder


@pytest.fixture
def context(workspace: Path) -> ToolContext:
    return context_in(workspace)


def arguments_of(tool: Tool, path: str) -> dict[str, object]:
    """Return arguments that make a tool read, list, search or write at a path."""
    change: dict[str, object] = {"old_string": "needle", "new_string": "changed"}
    given: dict[str, object] = {"path": path, "pattern": "needle|canary", "query": "needle canary", **change}
    if tool is MULTI_REPLACE:
        return {"path": path, "edits": [change, {**change, "path": path}]}
    return {"pattern": "**/*", "path": path} if tool.name == "glob" else {**given, "content": "changed"}


def say(tool: Tool, context: ToolContext, path: str) -> str:
    """Return what a tool says of a path, of which nothing is from outside."""
    try:
        said = use(tool, context, **arguments_of(tool, path))
    except ToolError as error:
        said = f"refused: {error}"
    assert CANARY not in said
    return said


def refused_by_all(context: ToolContext, path: str, *tools: Tool) -> None:
    for tool in tools or (*READING, *WRITING):
        said = say(tool, context, path)
        assert said.startswith("refused: "), (tool.name, said)


def stays(path: Path, content: str) -> bool:
    return path.read_text() == content


def open_descriptors() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


# Dots and absolute paths


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../outside",
        "../outside/file.txt",
        "inner/../../outside/file.txt",
        "inner/../../work/../outside/file.txt",
        "./././../outside/file.txt",
        "../../../../../../../../../../etc/passwd",
        "nothing/../../outside/file.txt",
        "/",
        "/etc/passwd",
        "//etc/passwd",
        "{outside}/file.txt",
        "{outside}",
        "{work}/../outside/file.txt",
        "{work}-else/file.txt",
        "/..{outside}/file.txt",
        "~/file.txt",
        "~root/.profile",
        "$HOME/file.txt",
        "file:///etc/passwd",
    ],
)
def test_dots_and_absolute_paths_lead_nowhere(
    context: ToolContext, workspace: Path, outside: Path, path: str
) -> None:
    path = path.format(outside=outside, work=workspace)
    reading = (*READING, REPLACE_STRING, MULTI_REPLACE)
    is_name = path.startswith(("~", "$", "file:"))  # a new file may be called so, in the workspace

    refused_by_all(context, path, *(reading if is_name else (*reading, CREATE_FILE)))


def test_a_home_a_variable_and_an_address_are_names_like_others(
    context: ToolContext, workspace: Path
) -> None:
    for path in ("~/a", "$HOME/a", "%s{0}/a", "`id`/a", "file:/a"):
        assert say(CREATE_FILE, context, path).startswith("created")

    assert stays(workspace / "~" / "a", "changed")


# Links


@pytest.mark.parametrize(
    ("link", "target", "path"),
    [
        ("link", "../outside/file.txt", "link"),
        ("link", "{outside}/file.txt", "link"),
        ("link", "{outside}", "link/file.txt"),
        ("link", "..", "link/outside/file.txt"),
        ("link", "/", "link/etc/passwd"),
        ("link", "{outside}/inner", "link/../file.txt"),
        ("inner/link", "../../outside", "inner/link/file.txt"),
        ("link", "{work}/../outside/file.txt", "link"),
        ("link", "{outside}/new.txt", "link"),
        ("link", "{outside}/new", "link/new.txt"),
        ("link", "/proc/self/cwd", "link/x"),
        ("link", "/proc/self/root{outside}/file.txt", "link"),
        ("link", "link", "link"),
    ],
)
def test_a_link_leads_outside_for_no_tool(context: ToolContext, link: str, target: str, path: str) -> None:
    workspace = Path(context.workspace)
    outside = workspace.parent / "outside"
    (workspace / link).symlink_to(target.format(outside=outside, work=workspace))

    refused_by_all(context, path)
    assert (workspace / link).is_symlink()


def test_a_link_to_a_link_leads_outside_neither(context: ToolContext, workspace: Path, outside: Path) -> None:
    (workspace / "last").symlink_to(outside)
    (workspace / "inner" / "first").symlink_to("../last/inner")

    refused_by_all(context, "inner/first/file.txt")


def test_links_without_end_are_given_up(context: ToolContext, workspace: Path) -> None:
    for number in range(60):
        (workspace / f"link{number}").symlink_to(f"link{number + 1}")
    (workspace / "link60").symlink_to("inner/file.txt")

    assert "goes through more than 40 links" in say(VIEW, context, "link0")
    assert "inside needle" in say(VIEW, context, "link30")


def test_a_search_follows_no_link_that_it_meets(context: ToolContext, workspace: Path, outside: Path) -> None:
    (workspace / "folder").symlink_to(outside)
    (workspace / "file").symlink_to(outside / "file.txt")
    (workspace / "inner" / "up").symlink_to("..")

    for tool in SEARCH_TOOLS:
        said = say(tool, context, ".")
        assert "inner/file.txt" in said
        assert "up/" not in said


# Links that are made between the look and the use


class _Swap:
    """Does something at the n-th thing that the system is asked for; of no use to other threads."""

    def __init__(self, number: int, act: Callable[[], None]) -> None:
        self.left = number
        self.act = act

    def count(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.act()


_swaps: list[_Swap] = []  # the hook below cannot be removed, so it looks here
_opened: list[list[object]] = []


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if _opened and event == "open":
        _opened[0].append(arguments[0])
    if _swaps and event in {
        "open",
        "os.mkdir",
        "os.rename",
        "os.remove",
        "os.scandir",
        "os.chmod",
        "os.chown",
    }:
        _swaps[0].count()


sys.addaudithook(_watch)


@pytest.fixture
def swap_at() -> Iterator[Callable[[int, Callable[[], None]], _Swap]]:
    def arm(number: int, act: Callable[[], None]) -> _Swap:
        _swaps[:] = [_Swap(number, act)]
        return _swaps[0]

    yield arm
    _swaps.clear()


def _search(gate: Gate) -> str:
    return "".join(f"{file.shown} {file.text()}" for file in Tour(gate, Event()).files("."))


RACES: dict[str, Callable[[Gate], object]] = {
    "read": lambda gate: gate.read("inner/file.txt"),
    "read after dots": lambda gate: gate.read("inner/../inner/./file.txt"),
    "list": lambda gate: gate.entries("inner", most=10),
    "search": _search,
    "replace": lambda gate: gate.write("inner/file.txt", b"changed"),
    "create": lambda gate: gate.write("inner/new.txt", b"changed"),
    "create deep": lambda gate: gate.write("inner/a/b/new.txt", b"changed"),
}
SWAPPED = ("inner", "inner/file.txt")


@pytest.mark.parametrize("swapped", SWAPPED)
@pytest.mark.parametrize("race", RACES)
def test_a_swap_for_a_link_at_any_moment_leads_nowhere(
    context: ToolContext,
    swap_at: Callable[[int, Callable[[], None]], _Swap],
    race: str,
    swapped: str,
) -> None:
    gate, place = Gate.of(context), Path(context.workspace, swapped)
    outside, spare = Path(context.workspace).parent / "outside", Path(context.workspace).parent / "spare"

    def swap() -> None:
        place.rename(spare)
        place.symlink_to(outside / ("file.txt" if place.name == "file.txt" else ""))

    for number in range(1, 100):
        before = tree(outside)
        armed, said = swap_at(number, swap), "refused"
        with suppress(ToolError):
            said = str(RACES[race](gate))
        assert CANARY not in said, number
        assert tree(outside) == before, number
        if armed.left > 0:
            break
        place.unlink()
        spare.rename(place)
    else:
        pytest.fail("the race never ended")
    assert number > 4, "nothing was swapped on the way"


def test_a_link_that_another_thread_turns_again_and_again_leads_nowhere(
    context: ToolContext, workspace: Path, outside: Path
) -> None:
    gate, ended = Gate.of(context), Event()
    (workspace / "link").symlink_to("inner")

    def turn() -> None:
        while not ended.is_set():
            for target in (outside, Path("inner")):
                (workspace / "next").symlink_to(target)
                (workspace / "next").replace(workspace / "link")

    turning = Thread(target=turn)
    turning.start()
    done = refused = 0
    end = time.monotonic() + 5
    try:
        while (done < 20 or refused < 20) and time.monotonic() < end:
            try:
                assert gate.read("link/file.txt") in {b"inside needle\n", b"changed"}
                gate.write("link/file.txt", b"changed")
                done += 1
            except ToolError:
                refused += 1
    finally:
        ended.set()
        turning.join()

    assert done
    assert refused


# Hard links


def test_writing_through_a_hard_link_leaves_its_other_name_as_it_was(
    context: ToolContext, workspace: Path, outside: Path
) -> None:
    for name in ("a", "b", "c"):
        (workspace / name).hardlink_to(outside / "file.txt")

    assert say(CREATE_FILE, context, "a").startswith("replaced")
    assert say(REPLACE_STRING, context, "b").startswith("replaced 1 match")
    use(MULTI_REPLACE, context, path="c", edits=[{"old_string": "needle", "new_string": "changed"}])

    assert stays(workspace / "a", "changed")
    assert "changed" in (workspace / "b").read_text()
    assert stays(outside / "file.txt", f"{CANARY} needle\n")


def test_the_mode_and_the_owner_of_a_hard_linked_file_stay(
    context: ToolContext, workspace: Path, outside: Path
) -> None:
    (outside / "file.txt").chmod(0o644)
    (workspace / "a").hardlink_to(outside / "file.txt")
    before = (outside / "file.txt").stat()

    say(CREATE_FILE, context, "a")

    after = (outside / "file.txt").stat()
    assert (after.st_mode, after.st_uid, after.st_mtime_ns) == (
        before.st_mode,
        before.st_uid,
        before.st_mtime_ns,
    )
    assert after.st_nlink == before.st_nlink - 1


# What the system shows as files


@pytest.mark.parametrize(
    "path",
    [
        "/proc/self/environ",
        "proc/self/environ",
        "/proc/self/cwd/../../etc/passwd",
        "/proc/self/root/etc/passwd",
        "/proc/self/fd/0",
        "/proc/1/cmdline",
        "/proc",
        "/sys/kernel",
        "/dev/zero",
        "/dev/stdin",
        "/dev/fd/0",
        "/dev/tty",
        "etc/../proc/self/environ",
    ],
)
def test_processes_and_devices_are_no_files_even_where_all_is_the_workspace(path: str) -> None:
    refused_by_all(context_in(Path("/")), path)


@pytest.mark.parametrize("target", ["/proc/self/environ", "/proc/self", "/dev/zero", "/sys/kernel"])
def test_a_link_to_what_the_system_shows_is_refused(
    context: ToolContext, workspace: Path, target: str
) -> None:
    (workspace / "link").symlink_to(target)

    refused_by_all(context, "link")


# Case and Unicode


@pytest.mark.parametrize(
    "path",
    [
        ".git/hooks/pre-commit",
        ".git/config",
        ".git",
        ".GIT/hooks/pre-commit",
        ".Git/config",
        "inner/.git/config",
        "inner/../.git/config",
        ".git /config",
        ".git./config",
        ".git. . /config",
        ".g\u200cit/config",
        ".gi\ufefft/config",
        ".git::$INDEX_ALLOCATION/config",
        "git~1/config",
        "GIT~1/config",
        "link/config",
        "link",
    ],
)
def test_no_spelling_of_the_folder_of_git_is_written(
    context: ToolContext, workspace: Path, path: str
) -> None:
    (workspace / ".git" / "hooks").mkdir(parents=True)
    (workspace / ".git" / "config").write_text("needle\n")
    (workspace / "link").symlink_to(".git")
    before = tree(workspace)

    refused_by_all(context, path, *WRITING)

    assert tree(workspace) == before


@pytest.mark.parametrize(
    "spelling", ["Läufe", "La\u0308ufe", "LÄUFE", "LA\u0308UFE", "Läufe ", "l\u200bäufe."]
)
def test_no_spelling_of_the_record_of_runs_is_written(workspace: Path, spelling: str) -> None:
    (workspace / "Läufe").mkdir()
    (workspace / "Läufe" / "events.jsonl").write_text("needle\n")
    context = context_in(workspace, kept=(workspace / "Läufe",))
    before = tree(workspace)

    refused_by_all(context, f"{spelling}/events.jsonl", *WRITING)

    assert tree(workspace) == before
    assert "needle" in say(VIEW, context, "Läufe/events.jsonl")


@pytest.mark.parametrize(
    "path",
    [
        "\uff0e\uff0e/outside/file.txt",
        "\u2025/outside/file.txt",
        "..\u2215outside\u2215file.txt",
        "..\uff0foutside/file.txt",
        "..\\outside\\file.txt",
        ".. /outside/file.txt",
        "... /outside/file.txt",
        "%2e%2e/outside/file.txt",
        "..%2foutside/file.txt",
        "\uff0fetc\uff0fpasswd",
        "\u202e../outside/file.txt",
    ],
)
def test_what_only_looks_like_dots_and_slashes_is_a_name(
    context: ToolContext, workspace: Path, path: str
) -> None:
    refused_by_all(context, path, *READING, REPLACE_STRING, MULTI_REPLACE)
    assert say(CREATE_FILE, context, path).startswith("created")
    assert sum(1 for each in workspace.rglob("*") if each.is_file()) == 2


# NUL and halves of characters


@pytest.mark.parametrize(
    "path",
    ["\0", "inner/file.txt\0", "inner/file.txt\0.png", "../outside\0/file.txt", "\udcff", "inner/\ud800", ""],
)
def test_a_path_that_is_none_is_refused(context: ToolContext, path: str) -> None:
    refused_by_all(context, path)


# What would never end


@pytest.fixture
def special(workspace: Path) -> Iterator[Path]:
    """Make a pipe, a socket, and a device without end if this user may."""
    folder = workspace / "special"
    folder.mkdir()
    os.mkfifo(folder / "pipe")
    with suppress(PermissionError):
        os.mknod(folder / "zero", 0o600 | 0o020000, os.makedev(1, 5))
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        os.chdir(folder)  # the path of a socket must be short
        listening.bind("socket")
        os.chdir(here)
        yield folder


def test_a_pipe_a_socket_and_a_device_are_refused_at_once(context: ToolContext, special: Path) -> None:
    start = time.monotonic()

    for path in special.iterdir():
        refused_by_all(context, f"special/{path.name}", VIEW, GREP, *WRITING)
        assert not path.is_file()

    assert time.monotonic() - start < 5


def test_a_search_passes_over_pipes_sockets_and_devices(context: ToolContext, special: Path) -> None:
    (special / "file.txt").write_text("needle\n")
    start = time.monotonic()

    assert "pipe (no file)" in say(LIST_DIR, context, "special")
    for tool in SEARCH_TOOLS:
        said = say(tool, context, "special")
        assert "file.txt" in said
        assert "pipe" not in said

    assert time.monotonic() - start < 5


def test_a_pipe_a_socket_and_a_device_are_not_even_opened(context: ToolContext, special: Path) -> None:
    opened: list[object] = []
    _opened[:] = [opened]

    for path in special.iterdir():
        say(VIEW, context, f"special/{path.name}")
        say(CREATE_FILE, context, f"special/{path.name}")
    say(GREP, context, "special")
    say(VIEW, context, "inner/file.txt")
    _opened.clear()

    assert "file.txt" in opened
    assert not {path.name for path in special.iterdir()} & set(opened)


def test_a_file_of_ten_gigabytes_is_refused_and_passed_over(context: ToolContext, workspace: Path) -> None:
    with (workspace / "huge.txt").open("wb") as file:
        file.truncate(10 * 1024**3)
    start = time.monotonic()

    for tool in (VIEW, REPLACE_STRING, MULTI_REPLACE):
        assert "10,737,418,240 bytes" in say(tool, context, "huge.txt")
    for tool in SEARCH_TOOLS:
        assert "inner/file.txt" in say(tool, context, ".")

    assert time.monotonic() - start < 5
    assert (workspace / "huge.txt").stat().st_size == 10 * 1024**3


def test_a_file_that_grows_while_it_is_read_ends(context: ToolContext, workspace: Path) -> None:
    growing, ended = workspace / "growing.txt", Event()
    growing.touch()

    def grow() -> None:
        with growing.open("ab", buffering=0) as file:
            while not ended.is_set() and file.tell() < 100_000_000:
                file.write(b"x" * 4096)

    writing = Thread(target=grow)
    writing.start()
    try:
        with suppress(ToolError):
            while True:
                assert len(Gate.of(context).read("growing.txt", most_bytes=1_000_000)) <= 1_000_000
    finally:
        ended.set()
        writing.join()


# What stands in files


def test_what_a_file_holds_comes_back_as_it_is_and_does_nothing(
    context: ToolContext, workspace: Path
) -> None:
    hostile = "\x1b]0;title\x07\x1b[2J {{inputs.secret}} ${HOME} $(id) `id` <b>needle</b> {0} %s \x9b31m"
    (workspace / "hostile.txt").write_text(f"{hostile}\n")

    assert use(VIEW, context, path="hostile.txt") == f"     1\t{hostile}"
    assert use(GREP, context, pattern="needle", path="hostile.txt") == f"hostile.txt:1: {hostile}"


def test_a_name_cannot_pass_for_a_line_of_a_result(context: ToolContext, workspace: Path) -> None:
    (workspace / "a\n[forged]\x1b[2J").write_text("needle\n")

    for tool in (LIST_DIR, *SEARCH_TOOLS):
        said = say(tool, context, ".")
        assert r"a\u000a[forged]\u001b[2J" in said
        assert "\x1b" not in said


# Depth


@pytest.fixture
def deep(workspace: Path) -> Iterator[Path]:
    """Make folders ten thousand deep, with a file at the end, and take them away again."""
    top = fd = os.open(workspace, os.O_RDONLY | os.O_DIRECTORY)
    for _ in range(10_000):
        os.mkdir("d", dir_fd=fd)
        below = os.open("d", os.O_RDONLY | os.O_DIRECTORY, dir_fd=fd)
        if fd != top:
            os.close(fd)
        fd = below
    os.close(fd)
    os.close(top)
    yield workspace / "d"
    subprocess.run(["rm", "-rf", str(workspace / "d")], check=True)  # deeper than `shutil.rmtree` can go


def test_folders_ten_thousand_deep_are_walked_as_far_as_is_allowed(context: ToolContext, deep: Path) -> None:
    open_before, start = open_descriptors(), time.monotonic()

    for tool in SEARCH_TOOLS:
        said = say(tool, context, ".")
        assert "inner/file.txt" in said
        assert "[did not look deeper than 100 folders]" in said
    assert say(LIST_DIR, context, "d/" * 1000) == "d/"
    assert say(LIST_DIR, context, "d/" * 900 + "../" * 400) == "d/"
    assert "is longer than 4096 bytes" in say(VIEW, context, "d/" * 10_000)
    assert "is longer than 4096 bytes" in say(CREATE_FILE, context, "../" * 10_000 + "x")

    assert time.monotonic() - start < 10
    assert open_descriptors() == open_before
    assert deep.is_dir()
