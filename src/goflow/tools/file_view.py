"""The file tree as a confined command sees it: the machine's, read-only, with these places made otherwise."""

from __future__ import annotations

import os
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from goflow.tools.confinement import Limits
from goflow.values import dataclass


class Place(StrEnum):
    """What is done to a place."""

    EMPTY = "empty"
    """An empty folder, writable, that ends with the command."""
    BLANK = "blank"
    """A file that cannot be opened."""
    WRITABLE = "writable"
    READ_ONLY = "read-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """One place, and what is done to it."""

    place: Place
    path: str


TEMPORARY: Final = "/tmp"  # noqa: S108 - the command's own, which nobody else sees
_EMPTIED: Final = (TEMPORARY, "/var/tmp", "/run", "/var/run")  # noqa: S108 - likewise
"""Also where services of this machine listen, which would do outside what is forbidden inside."""
_KEPT: Final = ("/run/current-system",)
"""What is needed of those: the programs of a NixOS."""
_GUARDED_OF_GIT: Final = (".git/hooks", ".git/config")
"""What `git` outside the sandbox would run."""


def file_view(limits: Limits) -> list[Mount]:
    """Return what is to be mounted, in order; the source of each is the tree of the machine.

    Nothing writable stands below a protected or hidden place. The folders between a writable folder and such
    a place are mounted on themselves: a mounted folder cannot be renamed, and another put in its stead.
    """
    writable = outermost(limits.writable)
    guarded = [*_below(writable, limits.protected), *_git_files(writable)]
    hidden = [path for path in limits.hidden if os.path.lexists(path)]
    return [
        *_mounts(Place.EMPTY, {os.path.realpath(path) for path in _EMPTIED if Path(path).is_dir()}),
        *_mounts(Place.READ_ONLY, _kept(limits)),
        *_mounts(Place.WRITABLE, writable),
        *_mounts(Place.WRITABLE, _between(writable, [*guarded, *hidden])),
        *_mounts(Place.READ_ONLY, (path for path in guarded if is_real(path))),
        *_mounts(Place.EMPTY, _missing_hooks(writable)),
        *_mounts(Place.EMPTY, (path for path in hidden if Path(path).is_dir())),
        *_mounts(Place.BLANK, (path for path in hidden if not Path(path).is_dir())),
        *_mounts(Place.BLANK, (path for path in _sockets() if is_real(path) and not _is_emptied(path))),
    ]


def outermost(paths: Iterable[str]) -> list[str]:
    """Return the folders that are in no other of them: one inside might be a link by now."""
    found: list[str] = []
    for path in sorted(paths):
        if not any(is_within(path, outer) for outer in found):
            found.append(path)
    return found


def is_within(path: str, folder: str) -> bool:
    """Tell whether a path is a folder's own or below it; both are absolute and normal."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def is_real(path: str) -> bool:
    """Tell whether there is something, and no link on the way to it."""
    return Path(path).exists() and os.path.realpath(path) == path


def _mounts(place: Place, paths: Iterable[str]) -> list[Mount]:
    return [Mount(place=place, path=path) for path in sorted(set(paths))]


def _kept(limits: Limits) -> list[str]:
    names = [os.path.realpath("/etc/resolv.conf")] if limits.network else []
    kept = [name for name in (*_KEPT, *names) if Path(name).exists()]
    return [name for name in kept if _is_emptied(name)]


def _is_emptied(path: str) -> bool:
    return any(is_within(path, os.path.realpath(empty)) for empty in _EMPTIED)


def _sockets() -> list[str]:
    """Return the files at which services listen: a read-only tree without a network does not keep one out."""
    try:
        lines = Path("/proc/net/unix").read_text(errors="surrogateescape").splitlines()
    except OSError:
        return []
    return [f"/{path}" for line in lines if (path := line.partition(" /")[2])]


def _below(folders: list[str], paths: Iterable[str]) -> list[str]:
    return [path for path in paths if any(is_within(path, folder) for folder in folders)]


def _git_files(folders: list[str]) -> list[str]:
    return [f"{folder}/{name}" for folder in folders for name in _GUARDED_OF_GIT]


def _missing_hooks(folders: list[str]) -> list[str]:
    repositories = [f"{folder}/.git" for folder in folders if _was_there_first(f"{folder}/.git")]
    return [path for folder in repositories if not os.path.lexists(path := f"{folder}/hooks")]


def _between(folders: list[str], guarded: list[str]) -> list[str]:
    found: list[str] = []
    for path in guarded:
        outer = [str(each) for each in Path(path).parents]
        found += [each for each in outer if each not in folders and _below(folders, [each])]
    return [path for path in found if _was_there_first(path) and is_real(path)]


@cache
def _was_there_first(path: str) -> bool:
    """Tell whether a folder was there before the first command.

    One that came later may be swapped for a link by a command that still runs, between this look and the
    mount, and the link's target would become writable.
    """
    return is_real(path) and Path(path).is_dir()
