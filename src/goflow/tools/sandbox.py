"""The sandbox that this machine has, and what it contains."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from goflow.tools.base import ToolContext
from goflow.tools.bubblewrap import Bubblewrap
from goflow.tools.confinement import Confinement, Limits
from goflow.tools.file_view import is_within
from goflow.tools.landlock import Landlock
from goflow.tools.user_secrets import secret_places
from goflow.values import dataclass

_PROBE_S: Final = 10.0
_CONTAINED: Final = ("files", "network", "processes")
"""What either sandbox contains: one that cannot is not found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """What was found: the sandbox in force, what it contains, and why each better one is not used."""

    confinement: Confinement | None
    contained: tuple[str, ...]
    passed_over: tuple[str, ...]


def find_confinement(environ: Mapping[str, str]) -> Confinement | None:
    """Return the best sandbox that works on this machine; tried once a process, for a moment."""
    return describe_sandbox(environ).confinement


def describe_sandbox(environ: Mapping[str, str]) -> Sandbox:
    """Return what there is to know about the sandbox of this machine."""
    return _look(environ.get("PATH", os.defpath), os.path.realpath(os.curdir))


def confined(command: Sequence[str], context: ToolContext) -> list[str]:
    """Return a command as it is to be run in a context: inside the sandbox, if there is to be one."""
    if context.confinement is None:
        return list(command)
    writable = (context.workspace, *context.extra_dirs)
    limits = Limits(
        writable=writable,
        protected=(*context.protected, *own_code()),
        hidden=secret_places(context.environ, writable),
        network=context.network,
    )
    return context.confinement.wrap(command, limits)


def own_code() -> tuple[str, ...]:
    """Return where the running goflow is: a command that could change it would leave the sandbox by it."""
    package = Path(__file__).parents[1]
    return tuple(
        sorted({os.path.realpath(path) for path in (sys.prefix, sys.base_prefix, package, sys.executable)})
    )


@cache
def _look(search_path: str, here: str) -> Sandbox:
    passed_over: list[str] = []
    for name, candidate in sandboxes(search_path, here).items():
        complaint = "`bwrap` is not installed" if candidate is None else complaint_about(candidate)
        if complaint is None:
            return Sandbox(confinement=candidate, contained=_CONTAINED, passed_over=tuple(passed_over))
        passed_over.append(f"{name}: {complaint}")
    return Sandbox(confinement=None, contained=(), passed_over=tuple(passed_over))


def sandboxes(search_path: str, here: str) -> dict[str, Confinement | None]:
    """Return the sandboxes of this kind of system, the best first; None for one that is not installed."""
    if sys.platform != "linux":
        return {}
    program = _find_program("bwrap", search_path, here)
    return {"bubblewrap": None if program is None else Bubblewrap(program=program), "landlock": Landlock()}


def _find_program(name: str, search_path: str, here: str) -> str | None:
    """Return a program's path; one below the current folder may have been put there by a command."""
    for folder in search_path.split(os.pathsep):
        path = os.path.realpath(f"{folder}/{name}")
        if folder.startswith("/") and not is_within(path, here) and os.access(path, os.X_OK):
            return path
    return None


def complaint_about(confinement: Confinement) -> str | None:
    """Run a command that does nothing; return what was wrong, if anything was."""
    command = confinement.wrap(["/bin/sh", "-c", ":"], Limits(writable=()))
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd="/",
            env={},
            timeout=_PROBE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = (done.stdout + done.stderr).decode(errors="replace").strip()
    return None if done.returncode == 0 else said or f"exit code {done.returncode}"
