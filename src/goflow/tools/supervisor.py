"""Run one command and let nothing of it stay behind: `python -I -S supervisor.py COMMAND ARGUMENT...`.

Whoever starts this holds the other end of its stdin. When stdin ends, because that end was closed or its
holder died, and when the command itself ends, all that the command has started is killed: also what has left
its session, and daemons. On systems other than Linux only the command's process group is.

The command gets an empty stdin and a session of its own. The exit code is the command's, 128 and the signal's
number where one killed it, and 125 where it could not be started (the reason stands in its output).

It stands alone, so that it starts fast: only the standard library, without `pathlib`, and nothing of goflow.
"""
# ruff: noqa: PTH123, PTH208

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import time

LINUX = sys.platform == "linux"
CANNOT_START = 125
"""As `env`, `timeout` and others have it: not the command, but what should have started it."""
ROOM_FOR_PROCESSES = 2000
"""How many processes and threads more than there are a user may have, which ends a fork bomb (not root's)."""
MOST_END_S = 5.0
"""How long processes are hunted that cannot be killed, such as another user's."""
_PAUSE_S = 0.002
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_STOPPING = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})


def main(command: list[str]) -> int:
    """Run the command to its end, and end what is left of it."""
    signals = _hear_signals()
    if LINUX:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    child = os.fork()
    if child == 0:
        _become(command)
    status = _wait(child, signals)
    _end_all(child)
    code = 128 + signal.SIGKILL if status is None else os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


def _hear_signals() -> int:
    """Return a pipe on which each signal that counts is a byte."""
    hear, tell = os.pipe()
    for end in (hear, tell):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, *_STOPPING):
        signal.signal(number, lambda *_: None)
    return hear


def _become(command: list[str]) -> None:
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ, *_STOPPING):
            signal.signal(number, signal.SIG_DFL)
        _limit()
        os.execv(command[0], command)  # noqa: S606 - a shell is for the command to name
    except (OSError, ValueError) as error:
        os.write(1, f"cannot start `{command[0]}`: {error}\n".encode(errors="replace"))
    finally:
        os._exit(CANNOT_START)


def _limit() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not LINUX:
        return
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    words = _read("/proc/loadavg").split()
    if not words:
        return
    threads = int(words[3].split("/")[1])
    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    most = threads + ROOM_FOR_PROCESSES
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_NPROC, (most, most))


def _wait(child: int, signals: int) -> int | None:
    """Return the child's status; None when told to stop first."""
    poller = select.poll()
    for readable in (0, signals):
        poller.register(readable, select.POLLIN)
    while True:
        status, _ = _reap(child)
        if status is not None:
            return status
        ready = {fd for fd, _ in poller.poll()}
        if 0 in ready or (signals in ready and not _STOPPING.isdisjoint(os.read(signals, 64))):
            return None


def _reap(child: int) -> tuple[int | None, bool]:
    """Bury the dead; return the child's status if it was among them, and whether any live."""
    found: int | None = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found, False
        if pid == 0:
            return found, True
        found = status if pid == child else found


def _end_all(child: int) -> None:
    """Kill what was started: as its subreaper this process has a living child as long as any of it lives."""
    send(-child, signal.SIGKILL)
    deadline = time.monotonic() + MOST_END_S
    while _reap(child)[1] and time.monotonic() < deadline:
        end_descendants(os.getpid())
        time.sleep(_PAUSE_S)


def end_descendants(of: int) -> None:
    """Kill every descendant of a process, round after round without a pause, until one finds nobody new.

    A process makes no more children once it has been sent SIGKILL. What it made before is its child until it
    has died, and then a child of `of`, its subreaper: so a round that looks at all of them, the killed ones
    too, and finds nobody new proves that none is left that could go on. Another process than this one is
    stopped first, and stays so: it must not bury the dead meanwhile, which would free their numbers, and
    hide the living from who reads the list.
    """
    if of != os.getpid():
        send(of, signal.SIGSTOP)
    met: set[int] = set()
    deadline = time.monotonic() + MOST_END_S
    while time.monotonic() < deadline:
        fresh = _kill_new(of, met)
        if not fresh:
            return
        met |= fresh


def _kill_new(of: int, met: set[int]) -> set[int]:
    """Kill the descendants that were not met before, each before its children are looked up; return them."""
    fresh: set[int] = set()
    waiting = children(of)
    while waiting:
        pid = waiting.pop()
        if pid not in met:
            send(pid, signal.SIGKILL)
            fresh.add(pid)
        waiting += children(pid)
    return fresh


def children(of: int) -> list[int]:
    """Return the children of a process; none where the system does not say."""
    found: list[int] = []
    try:
        for task in os.listdir(f"/proc/{of}/task"):
            found += map(int, _read(f"/proc/{of}/task/{task}/children").split())
    except OSError:  # it has ended
        return found
    return found


def _read(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def send(pid: int, number: int) -> None:
    """Signal a process, or the group of a negative number, if it is there and takes it."""
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
