"""Shut this process in, then become the command: `python -I -S enclosure.py OPTION... -- COMMAND...`.

The options are `--network` (leave it) and, in order, `--empty`, `--blank`, `--writable` and `--read-only`,
each with a path: what the command sees there in place of the machine's tree, which is read-only. If any of it
cannot be done the command is not run: the exit code is 125, and the reason stands in the output.

It stands alone, so that it starts fast: only the standard library, without `pathlib`, and nothing of goflow.
Numbers are the kernel's (`linux/landlock.h`, `linux/mount.h`, `linux/prctl.h`); those of system calls are the
same on every machine.
"""
# ruff: noqa: PTH102, PTH103, PTH109, PTH115, PTH120, PTH211

from __future__ import annotations

import ctypes
import errno
import os
import signal
import stat
import struct
import sys

CANNOT_START = 125
LEAST_ABI = 6
"""The first Landlock that keeps signals inside (Linux 6.12)."""
SHORT = "/tmp"  # noqa: S108 - the command's own
_LIBC = ctypes.CDLL(None, use_errno=True)
_HERE, _AT_FDCWD, _AT_EMPTY_PATH, _AT_RECURSIVE = b"", -100, 0x1000, 0x8000
_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442
_OPEN_TREE_CLONE, _MOVE_MOUNT_F_EMPTY_PATH = 1, 4
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _PRIVATE = 1, 2, 4, 8, 1 << 18
_NEWNS, _NEWIPC, _NEWUSER, _NEWNET = 0x20000, 0x08000000, 0x10000000, 0x40000000
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_FS_ALL, _FS_READ, _IOCTL_DEV = (1 << 16) - 1, 0b1101, 1 << 15
_SCOPE_ALL = 0b11
"""Abstract unix sockets and signals."""
_SET_PDEATHSIG, _CAPBSET_DROP, _SET_NO_NEW_PRIVS, _CAP_AMBIENT, _CLEAR_ALL = 1, 24, 38, 47, 4
_CAPABILITIES_V3 = 0x20080522
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1
_DEVICES = ("null", "zero", "full", "random", "urandom")
_LINKS = {"fd": "fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}

ROOT = "/proc"
"""Where the new tree is put together: a mount that every system has, so that it can be made private."""


def main(words: list[str]) -> int:
    """Become the command that stands after `--`; return only if that cannot be."""
    end = words.index("--")
    network, options = words[0] == "--network", [word for word in words[:end] if word != "--network"]
    try:
        shut_in(list(zip(options[::2], options[1::2], strict=True)), network=network)
        os.execv(words[end + 1], words[end + 1 :])  # noqa: S606 - a shell is for the command to name
    except (OSError, ValueError) as error:
        print(f"cannot confine the command: {error}")  # noqa: T201 - the command's own output
        return CANNOT_START


def shut_in(places: list[tuple[str, str]], *, network: bool) -> None:
    """Confine this process, and what it becomes, for good."""
    abi = _call(_CREATE_RULESET, None, 0, 1, doing="landlock")
    if abi < LEAST_ABI:
        raise OSError(errno.ENOSYS, f"Landlock is of version {abi}, not {LEAST_ABI} or later")
    folder = os.getcwd()
    _enter_namespaces(_NEWNS | _NEWIPC | (0 if network else _NEWNET))
    if not network:
        _raise_loopback()
    _put_together([("--empty", "/dev"), *places])
    os.chdir(ROOT)
    os.chroot(".")
    os.chdir(folder)
    os.environ.update(TMPDIR=SHORT, XDG_CACHE_HOME=f"{SHORT}/cache")
    _drop_privileges()
    _restrict([path for option, path in places if option in {"--writable", "--empty"}])


def _enter_namespaces(flags: int) -> None:
    user, group = os.geteuid(), os.getegid()
    if _LIBC.unshare(flags) == 0:
        return
    _check(_LIBC.unshare(flags | _NEWUSER), "unshare")
    for name, line in {
        "setgroups": "deny",
        "uid_map": f"{user} {user} 1",
        "gid_map": f"{group} {group} 1",
    }.items():
        _write(f"/proc/self/{name}", line)


def _raise_loopback() -> None:
    """Let the command speak to itself: tests of a program may start servers."""
    number = _check(_LIBC.socket(2, 2, 0), "socket")
    _check(_LIBC.ioctl(number, _SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", _IFF_UP)), "loopback")
    os.close(number)


def _put_together(places: list[tuple[str, str]]) -> None:
    """Mount the tree at `ROOT`: every tree is taken of the machine's before the first is put in its place."""
    _mount(ROOT, "", _PRIVATE, "")
    root = _tree("/", _RDONLY | _NOSUID | _NODEV)
    trees = [(path, _source(option, path)) for option, path in places]
    devices = [(f"/dev/{name}", _tree(f"/dev/{name}", _NOSUID)) for name in _DEVICES]
    _attach(root, ROOT)
    for path, tree in [*trees, *devices]:
        _place(ROOT + path, tree)
    for name, target in _LINKS.items():
        os.symlink(f"/proc/self/{target}", f"{ROOT}/dev/{name}")
    _mount_terminals()


def _source(option: str, path: str) -> int | None:
    match option:
        case "--empty":
            return None
        case "--blank":
            return _tree("/dev/null", _RDONLY | _NODEV)
        case "--read-only":
            return _tree(path, _RDONLY | _NOSUID | _NODEV)
        case "--writable":
            return _tree(path, _NOSUID | _NODEV)
        case _:
            raise ValueError(f"unknown option `{option}`")


def _place(target: str, tree: int | None) -> None:
    if not os.path.lexists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if tree is None or stat.S_ISDIR(os.fstat(tree).st_mode):
            os.mkdir(target)
        else:
            _write(target, "")
    if tree is None:
        _mount(target, "tmpfs", _NOSUID | _NODEV, "mode=0755")
    else:
        _attach(tree, target)


def _mount_terminals() -> None:
    os.mkdir(f"{ROOT}/dev/shm")  # noqa: S108 - the command's own
    os.mkdir(f"{ROOT}/dev/pts")
    _mount(f"{ROOT}/dev/pts", "devpts", _NOSUID | _NOEXEC, "newinstance,ptmxmode=0666,mode=620")
    os.symlink("pts/ptmx", f"{ROOT}/dev/ptmx")


def _tree(path: str, flags: int) -> int:
    """Return a copy of the mounts below a path, with these flags; the path must have no link in it."""
    place = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    if stat.S_ISLNK(os.fstat(place).st_mode) or os.readlink(f"/proc/self/fd/{place}") != path:
        raise OSError(errno.ELOOP, f"there is a link in `{path}`")
    clone = _OPEN_TREE_CLONE | os.O_CLOEXEC | _AT_RECURSIVE | _AT_EMPTY_PATH
    tree = _call(_OPEN_TREE, place, _HERE, clone, doing=path)
    wanted = struct.pack("QQQQ", flags, 0, _PRIVATE, 0)
    _call(_MOUNT_SETATTR, tree, _HERE, _AT_EMPTY_PATH | _AT_RECURSIVE, wanted, len(wanted), doing=path)
    os.close(place)
    return tree


def _attach(tree: int, target: str) -> None:
    _call(_MOVE_MOUNT, tree, _HERE, _AT_FDCWD, os.fsencode(target), _MOVE_MOUNT_F_EMPTY_PATH, doing=target)
    os.close(tree)


def _drop_privileges() -> None:
    number = 0
    while _LIBC.prctl(_CAPBSET_DROP, number, 0, 0, 0) == 0:
        number += 1
    _LIBC.prctl(_CAP_AMBIENT, _CLEAR_ALL, 0, 0, 0)
    _check(_LIBC.capset(struct.pack("Ii", _CAPABILITIES_V3, 0), bytes(24)), "capset")
    _check(_LIBC.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    _LIBC.prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # again: what was dropped has cleared it


def _restrict(writable: list[str]) -> None:
    """Let this process write below these folders alone, and signal none that is not its own."""
    wanted = struct.pack("QQQ", _FS_ALL, 0, _SCOPE_ALL)
    rules = _call(_CREATE_RULESET, wanted, len(wanted), 0, doing="landlock")
    for path, rights in [("/", _FS_READ), ("/dev", _FS_ALL), *((path, _FS_ALL) for path in writable)]:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        _call(_ADD_RULE, rules, 1, struct.pack("=Qi", rights, place), 0, doing=path)
        os.close(place)
    _call(_RESTRICT_SELF, rules, 0, doing="landlock")
    os.close(rules)


def _write(path: str, text: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC)
    os.write(file, text.encode())
    os.close(file)


def _mount(target: str, kind: str, flags: int, options: str) -> None:
    words = kind.encode(), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags), options.encode()
    _check(_LIBC.mount(*words), f"mount {target}")


def _call(number: int, *arguments: int | bytes | None, doing: str) -> int:
    """Make a system call; numbers are passed in their full width."""
    whole = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    return _check(_LIBC.syscall(ctypes.c_long(number), *whole), doing)


def _check(result: int, doing: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{doing}: {os.strerror(number)}")
    return result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
