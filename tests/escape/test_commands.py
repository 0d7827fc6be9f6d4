"""What a hostile command must not do. What can be tried without a sandbox is, to show that it would work."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from goflow.tools import supervised, supervisor
from goflow.tools.base import MOST_RESULT_CHARS
from tests.escape.cells import Cell, Leash, state_of

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sandboxes and subreapers are Linux's")

CANARY = "canary-5c1f09"
PYTHON = os.path.realpath(sys.executable)
SCRIPT = Path(__file__).with_name("run_tool.py")


# Writing outside


PLAIN_WRITES = {
    "an absolute path": "echo x > {outside}/new",
    "a path with dots": "echo x > ../outside/new",
    "another folder": "cd / && cd {outside} && rm -f file",
    "a new link": "ln -s {outside} link; echo x > link/new",
    "a link that was there": "echo x > trap",
    "a hard link": "ln {outside}/file hard && echo x >> hard",
    "moving it": "mv {outside}/file .",
    "its mode": "chmod 777 {outside}/file",
    "its time": "touch -d 2001-01-01 {outside}/file",
    "its folder's mode": "chmod 777 {outside}",
    "an archive": "mkdir d; tar -cf a.tar -P {outside}/file; rm -f {outside}/file; tar -xf a.tar -P",
    "a subprocess": "setsid sh -c 'echo x > {outside}/new' & wait",
    "the working folder of another process": "echo x > /proc/{pid}/cwd/../../{top}/outside/new",
}
WRITES = PLAIN_WRITES | {
    "another process's root": "echo x > /proc/{pid}/root/{outside}/new; echo x > /proc/1/root/{outside}/new",
    "a remount": "mount -o remount,rw / ; mount -o remount,bind,rw / ; echo x > {outside}/new",
    "a bind mount": "mount --bind {outside} . ; echo x > new",
    "an unmount": "umount -l . ; umount -l / ; cd {outside} && echo x > new",
    "a user namespace": "unshare -Urm sh -c 'mount -o remount,bind,rw /; echo x > {outside}/new'",
    "a namespace with a bind mount": "unshare -Urm sh -c 'mount --bind {outside} . ; cd .; echo x > new'",
    "the namespaces of another process": "nsenter -t {pid} -m sh -c 'echo x > {outside}/new'",
    "a change of root": "chroot /proc/{pid}/root sh -c 'echo x > {outside}/new'",
    "an extended attribute": '{python} -c \'import os; os.setxattr("{outside}/file", "user.x", b"x")\'',
    "its owner": "chown 12345 {outside}/file",
}


def attempt(cell: Cell, command: str) -> str:
    (cell.workspace / "trap").symlink_to(cell.outside / "file")
    names = {"outside": cell.outside, "pid": os.getpid(), "python": PYTHON, "top": cell.outside.parent.name}
    for name, value in names.items():
        command = command.replace(f"{{{name}}}", str(value))
    return cell.run(command)


@pytest.mark.parametrize("command", WRITES.values(), ids=WRITES)
def test_nothing_is_written_outside_the_workspace(cell: Cell, command: str) -> None:
    before = state_of(cell.outside)
    attempt(cell, command)
    assert state_of(cell.outside) == before
    assert os.listxattr(cell.outside / "file") == []


@pytest.mark.parametrize("command", PLAIN_WRITES.values(), ids=PLAIN_WRITES)
def test_without_a_sandbox_the_same_writes_succeed(
    open_cell: Cell, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(open_cell.workspace)
    before = state_of(open_cell.outside)
    attempt(open_cell, command)
    assert state_of(open_cell.outside) != before


def test_the_workspace_and_temporary_files_are_writable(cell: Cell) -> None:
    told = cell.run("echo a > a && mkdir b && mv a b && echo t > $(mktemp) && chmod 600 b/a && cat b/a")
    assert told == "a"
    assert (cell.workspace / "b" / "a").read_text() == "a\n"


def test_devices_of_the_machine_cannot_be_made(cell: Cell) -> None:
    assert "exit code" in cell.run("mknod disk b 254 0 && head -c 1 disk | wc -c; test -e disk")


# What stays as it is inside


def guarded(cell: Cell) -> Cell:
    for name in (".runs/first", ".git/hooks", ".git/objects"):
        (cell.workspace / name).mkdir(parents=True)
    (cell.workspace / ".runs/first/events.jsonl").write_text("as it was")
    (cell.workspace / ".git/config").write_text("as it was")
    context = cell.context
    protected = (str(cell.workspace / ".runs/first"),)
    return Cell(
        workspace=cell.workspace,
        outside=cell.outside,
        home=cell.home,
        context=type(context)(
            workspace=context.workspace,
            protected=protected,
            confinement=context.confinement,
            environ=context.environ,
            ports=context.ports,
        ),
    )


@pytest.mark.parametrize(
    "command",
    [
        "echo x > .runs/first/events.jsonl",
        "rm -rf .runs .git/config .git/hooks",
        "mv .runs away; mkdir -p .runs/first; echo x > .runs/first/events.jsonl",
        "mv .git away; mkdir .git; echo x > .git/config",
        "rm -rf .git; mkdir .git; echo x > .git/config",
        "echo x > .git/hooks/pre-commit",
        "echo x > .git/config; echo x > new; mv new .git/config; ln -sf /etc/passwd .git/config",
        "umount .runs/first; umount -l .git/config; echo x > .git/config; echo x > .runs/first/events.jsonl",
        "unshare -Urm sh -c 'umount .git/config; echo x > .git/config'",
    ],
)
def test_run_folders_and_what_git_runs_stay_as_they_are(cell: Cell, command: str) -> None:
    cell = guarded(cell)
    before = [state_of(cell.workspace / name) for name in (".runs/first", ".git/hooks", ".git/config")]
    cell.run(command)
    assert [
        state_of(cell.workspace / name) for name in (".runs/first", ".git/hooks", ".git/config")
    ] == before


def test_git_can_still_be_worked_with(cell: Cell) -> None:
    assert (
        guarded(cell).run("echo x > .git/objects/new && cat .git/objects/new .git/config") == "x\nas it was"
    )


def test_hooks_cannot_be_added_where_there_are_none(cell: Cell) -> None:
    (cell.workspace / ".git").mkdir()
    cell.run("mkdir -p .git/hooks; echo x > .git/hooks/pre-commit")
    assert not (cell.workspace / ".git" / "hooks" / "pre-commit").exists()


# Reading keys


@pytest.mark.parametrize(
    "command",
    [
        "cat ~/.ssh/id ~/.netrc",
        "cp -r ~/.ssh ~/.netrc .; cat .ssh/id .netrc",
        "umount -l ~/.ssh; umount -l ~/.netrc; cat ~/.ssh/id ~/.netrc",
        "unshare -Urm sh -c 'umount -l ~/.ssh; umount -l ~/.netrc; cat ~/.ssh/id ~/.netrc'",
        "mkdir d; mount --bind ~ d; cat d/.ssh/id",
        "ln -s ~/.ssh/id link; cat link",
        f"cat /proc/{os.getpid()}/root$HOME/.ssh/id",
    ],
)
def test_the_keys_of_the_user_are_not_seen(cell: Cell, command: str) -> None:
    (cell.home / ".ssh").mkdir()
    for name in (".ssh/id", ".netrc"):
        (cell.home / name).write_text(CANARY)
    assert CANARY not in cell.run(command)


def test_other_files_of_the_user_are_seen(cell: Cell) -> None:
    (cell.home / "notes").write_text(CANARY)
    assert cell.run("cat ~/notes") == CANARY


# Environment


OWN_ENVIRONMENT = "env; cat /proc/self/environ /proc/$PPID/environ; set"
EVERY_ENVIRONMENT = (
    "cat /proc/[0-9]*/environ /proc/[0-9]*/task/*/environ 2>/dev/null | grep -ao 'canary-[0-9a-f]*'"
)


def run_in_another_process(cell: Cell, command: str) -> str:
    done = subprocess.run(
        tool_process(cell, command),
        env=os.environ
        | {"OPENAI_API_KEY": CANARY, "MY_PASSWORD": CANARY, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=True,
    )
    return done.stdout


def tool_process(cell: Cell, command: str) -> list[str]:
    found = cell.context.confinement
    name = "none" if found is None else found.name
    return [PYTHON, str(SCRIPT), name, str(cell.workspace), str(cell.home), command]


def test_no_key_of_the_environment_reaches_a_command(any_cell: Cell) -> None:
    told = run_in_another_process(any_cell, OWN_ENVIRONMENT)
    assert "TERM=dumb" in told
    assert CANARY not in told


def test_no_key_is_read_from_another_process(cell: Cell) -> None:
    assert CANARY not in run_in_another_process(cell, EVERY_ENVIRONMENT)


def test_without_a_sandbox_keys_can_be_read_from_goflow_itself(open_cell: Cell) -> None:
    assert CANARY in run_in_another_process(open_cell, EVERY_ENVIRONMENT)


# Network


@pytest.fixture
def listeners(top: Path, request: pytest.FixtureRequest) -> Iterator[dict[str, socket.socket]]:
    request.getfixturevalue("cell" if "cell" in request.fixturenames else "open_cell")
    addresses: dict[str, tuple[int, int, object]] = {
        "tcp": (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
        "udp": (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
        "abstract": (socket.AF_UNIX, socket.SOCK_STREAM, f"\0goflow-{os.getpid()}"),
        "named": (socket.AF_UNIX, socket.SOCK_STREAM, f"{top}/outside/socket"),
        "workspace": (socket.AF_UNIX, socket.SOCK_STREAM, f"{top}/workspace/socket"),
    }
    opened = {name: socket.socket(family, kind) for name, (family, kind, _) in addresses.items()}
    for name, (_, kind, address) in addresses.items():
        opened[name].settimeout(0)
        opened[name].bind(address)  # type: ignore[arg-type]
        if kind == socket.SOCK_STREAM:
            opened[name].listen()
    yield opened
    for each in opened.values():
        each.close()


CALLS = {
    "tcp": "exec 3<>/dev/tcp/127.0.0.1/{port} && echo x >&3",
    "udp": "echo x > /dev/udp/127.0.0.1/{port}",
    "abstract": "{python} -c 'import socket; socket.socket(socket.AF_UNIX).connect(\"\\0{name}\")'",
    "named": "{python} -c 'import socket; socket.socket(socket.AF_UNIX).connect(\"{name}\")'",
    "workspace": "{python} -c 'import socket; socket.socket(socket.AF_UNIX).connect(\"socket\")'",
}


def call(cell: Cell, name: str, listener: socket.socket) -> bool:
    """Have a command call a listener; return whether it was heard."""
    address = listener.getsockname()
    command = CALLS[name].replace("{python}", PYTHON)
    if isinstance(address, tuple):
        command = command.replace("{port}", str(address[1]))
    else:
        command = command.replace("{name}", address.decode()[1:] if isinstance(address, bytes) else address)
    cell.run(command)
    try:
        if listener.type == socket.SOCK_DGRAM:
            return bool(listener.recv(10))
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


@pytest.mark.parametrize("name", CALLS)
def test_no_listener_outside_is_reached(cell: Cell, listeners: dict[str, socket.socket], name: str) -> None:
    assert not call(cell, name, listeners[name])


@pytest.mark.parametrize("name", CALLS)
def test_without_a_sandbox_every_listener_is_reached(
    open_cell: Cell, listeners: dict[str, socket.socket], name: str
) -> None:
    assert call(open_cell, name, listeners[name])


def test_a_program_can_still_speak_to_itself(cell: Cell) -> None:
    (cell.workspace / "speak.py").write_text(
        "import socket\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "client = socket.create_connection(server.getsockname())\n"
        "server.accept()[0].sendall(b'heard')\n"
        "print(client.recv(10).decode())\n"
    )
    assert cell.run(f"{PYTHON} speak.py") == "heard"


# Output


@pytest.mark.parametrize("command", ["yes", "cat /dev/zero", "cat /dev/zero | tr '\\0' x"])
def test_endless_output_costs_bounded_memory_and_ends(any_cell: Cell, command: str) -> None:
    *told, memory = run_in_another_process(any_cell, command).splitlines()
    assert told[-1] == "stopped: the command printed more than 200 MB"
    assert len("\n".join(told)) <= MOST_RESULT_CHARS
    assert int(memory.removeprefix("memory ")) < 100_000


def test_much_output_is_told_by_its_two_ends(any_cell: Cell) -> None:
    told = any_cell.run("seq 100000")
    assert told.startswith("1\n2\n3\n")
    assert told.endswith("\n99999\n100000")
    assert "characters left out]" in told
    assert len(told) <= MOST_RESULT_CHARS


def test_what_is_no_text_is_told_as_text(any_cell: Cell) -> None:
    assert any_cell.run("printf 'a\\377b\\0c'") == "a\ufffdb\ufffdc"


# Processes


SLEEP = "sleep 1000"
STAYING = {
    "in the background": f"{SLEEP} &",
    "without hang-ups": f"nohup {SLEEP} > /dev/null 2>&1 &",
    "in a session of its own": f"setsid {SLEEP} &",
    "as a daemon": f"(setsid sh -c '{SLEEP} & {SLEEP} &' > /dev/null 2>&1 < /dev/null &)",
    "deaf to signals": f"(trap '' TERM HUP INT QUIT; {SLEEP}; {SLEEP}) &",
    "stopped": f"{SLEEP} & kill -STOP $!",
    "many": f"for i in $(seq 100); do setsid {SLEEP} & done",
    "a chain": f"chain() {{ [ $1 -gt 0 ] && (chain $(($1 - 1)) &); {SLEEP}; }}; chain 30 &",
    "a bomb, bounded": (
        f"b() {{ [ $1 -gt 0 ] && for i in 1 2; do b $(($1 - 1)) & done; {SLEEP}; }}; b 6 2> /dev/null &"
    ),
}


@pytest.mark.parametrize("staying", STAYING.values(), ids=STAYING)
def test_nothing_that_a_command_has_started_outlives_it(any_cell: Cell, leash: Leash, staying: str) -> None:
    told = any_cell.run(f"{Leash.HOLD}{staying}\necho done")
    assert told == "done"
    leash.wait_until_held()
    assert leash.is_let_go(within_s=0)


def test_nothing_outlives_a_command_that_takes_too_long(any_cell: Cell, leash: Leash) -> None:
    told = any_cell.run(
        f"{Leash.HOLD}echo first; {STAYING['as a daemon']}\n{STAYING['deaf to signals']}\nwait", 1
    )
    assert told == "first\nstopped after 1 s: the command had not ended"
    assert leash.is_let_go(within_s=0)


RUNNERS = f"{Leash.HOLD}for i in 1 2 3; do {PYTHON} -S runner.py & done; {SLEEP}"
RUNNER = """
import os
for _ in range(20_000):  # so that one that is not caught ends by itself, in seconds
    if os.fork():
        os._exit(0)
    os.setsid()
open("got-away", "w").close()
"""


def test_processes_that_start_each_other_anew_are_caught(any_cell: Cell, leash: Leash) -> None:
    (any_cell.workspace / "runner.py").write_text(RUNNER)
    any_cell.run(RUNNERS, 1)
    assert leash.is_let_go(within_s=0)
    assert not (any_cell.workspace / "got-away").exists()


def test_they_are_caught_too_when_the_loop_is_torn_down_around_them(any_cell: Cell, leash: Leash) -> None:
    (any_cell.workspace / "runner.py").write_text(RUNNER)

    async def main() -> None:
        running = asyncio.ensure_future(any_cell.running(RUNNERS))
        await asyncio.to_thread(leash.wait_until_held)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()  # also the one that would have ended the command in good order
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(main())
    assert leash.is_let_go(within_s=5)
    assert not (any_cell.workspace / "got-away").exists()


@pytest.mark.parametrize("staying", ["in the background", "as a daemon", "deaf to signals"])
def test_nothing_outlives_a_cancelled_command(any_cell: Cell, leash: Leash, staying: str) -> None:
    async def main() -> None:
        running = asyncio.ensure_future(any_cell.running(f"{Leash.HOLD}{STAYING[staying]}\n{SLEEP}"))
        await asyncio.to_thread(leash.wait_until_held)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(main())
    assert leash.is_let_go(within_s=0)


@pytest.mark.parametrize(
    "staying", ["in the background", "as a daemon", "deaf to signals", "a bomb, bounded"]
)
def test_nothing_outlives_a_goflow_that_is_killed(any_cell: Cell, leash: Leash, staying: str) -> None:
    command = f"{Leash.HOLD}{STAYING[staying]}\n{SLEEP}"
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(tool_process(any_cell, command), env=environ, stdin=subprocess.DEVNULL) as goflow:
        leash.wait_until_held()
        goflow.kill()
    assert leash.is_let_go(within_s=20)


def test_a_supervisor_ends_with_its_parent_though_its_input_stays_open(open_cell: Cell, leash: Leash) -> None:
    words = [
        PYTHON,
        "-I",
        "-S",
        supervisor.__file__,
        "/bin/bash",
        "-c",
        f"{Leash.HOLD}setsid {SLEEP} & {SLEEP}",
    ]
    with subprocess.Popen(
        ["sh", "-c", '"$@"; :', "sh", *words], cwd=open_cell.workspace, stdin=subprocess.PIPE
    ) as parent:
        leash.wait_until_held()
        parent.kill()
        assert leash.is_let_go(within_s=20)


def test_a_stopped_supervisor_is_no_way_to_stay(
    open_cell: Cell, leash: Leash, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervised, "_GRACE_S", 0.2)
    open_cell.run(f"{Leash.HOLD}setsid {SLEEP} & kill -STOP $PPID; {SLEEP}", 1)
    assert leash.is_let_go(within_s=5)


def test_a_killed_supervisor_takes_its_command_with_it(open_cell: Cell, leash: Leash) -> None:
    told = open_cell.run(f"{Leash.HOLD}kill -KILL $PPID; while :; do :; done")
    assert told == "stopped: its supervisor was killed by signal 9"
    assert leash.is_let_go(within_s=5)


def test_memory_that_is_shared_outside_is_not_seen(cell: Cell) -> None:
    made = subprocess.check_output(["ipcmk", "--shmem", "4096"], text=True)
    number = made.split()[-1]
    try:
        assert number not in cell.run("cat /proc/sysvipc/shm; ipcs -m").split()
    finally:
        subprocess.run(["ipcrm", "--shmem-id", number], check=True)


def test_processes_outside_are_not_signalled(cell: Cell) -> None:
    with subprocess.Popen(["sleep", "1000"], start_new_session=True) as bystander:
        pid = bystander.pid
        cell.run(f"kill -KILL {pid}; kill -KILL -{pid}; {PYTHON} -c 'import os; os.kill({pid}, 9)'")
        assert bystander.poll() is None
        bystander.kill()


def test_without_a_sandbox_processes_outside_are_signalled(open_cell: Cell) -> None:
    with subprocess.Popen(["sleep", "1000"], start_new_session=True) as bystander:
        open_cell.run(f"kill -KILL {bystander.pid}")
        assert bystander.wait(20) == -9
