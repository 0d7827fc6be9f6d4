"""A workspace with something beside it that must stay as it is, and a way to run commands in it."""

from __future__ import annotations

import asyncio
import os
import select
import shutil
import stat
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from goflow.tools.base import ToolContext
from goflow.tools.command_environ import safe_environ
from goflow.tools.commands import BASH
from goflow.values import dataclass
from tests.unit.tools.file_contexts import NoPorts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goflow.tools.confinement import Confinement

CHECKOUT = Path(__file__).resolve().parents[2]
BUILD = Path.home() if CHECKOUT.is_relative_to("/tmp") else CHECKOUT / "build"
"""Not below `/tmp`, which a sandbox replaces: here a command does see what it must not touch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    workspace: Path
    outside: Path
    home: Path
    context: ToolContext

    def run(self, command: str, limit: int = 60) -> str:
        return asyncio.run(self.running(command, limit))

    async def running(self, command: str, limit: int = 60) -> str:
        return await BASH.use(BASH.read({"command": command, "timeout": limit}), self.context)


def new_cell(top: Path, confinement: Confinement | None, *, protected: tuple[str, ...] = ()) -> Cell:
    workspace, outside, home = (top / name for name in ("workspace", "outside", "home"))
    for folder in (workspace, outside, home):
        folder.mkdir(parents=True)
    (outside / "file").write_text("as it was")
    (outside / "file").chmod(0o640)
    context = ToolContext(
        workspace=str(workspace),
        protected=tuple(str(workspace / name) for name in protected),
        confinement=confinement,
        environ=safe_environ(os.environ) | {"HOME": str(home)},
        ports=NoPorts(),
    )
    return Cell(workspace=workspace, outside=outside, home=home, context=context)


def state_of(folder: Path) -> list[tuple[str, int, int, int, int, bytes]]:
    """Return all that a command could have changed below a folder."""
    return [_state(path) for path in sorted([folder, *folder.rglob("*")])]


def _state(path: Path) -> tuple[str, int, int, int, int, bytes]:
    at = path.lstat()
    content = path.read_bytes() if stat.S_ISREG(at.st_mode) else b""
    return str(path), at.st_mode, at.st_uid, at.st_mtime_ns, at.st_nlink, content


class Leash:
    """What every process of a command holds, by `exec 9>leash`: so it is seen when the last has ended."""

    HOLD = "exec 9>leash; echo up >&9; "

    def __init__(self, workspace: Path) -> None:
        os.mkfifo(workspace / "leash")
        self._end = os.open(workspace / "leash", os.O_RDONLY | os.O_NONBLOCK)
        self._poll = select.poll()
        self._poll.register(self._end, select.POLLIN)

    def close(self) -> None:
        os.close(self._end)

    def wait_until_held(self) -> None:
        assert self._poll.poll(20_000), "the command has not started"
        assert os.read(self._end, 100).startswith(b"up"), "nobody holds it"

    def is_let_go(self, *, within_s: float) -> bool:
        """Tell whether all that have held it have ended."""
        events = self._poll.poll(within_s * 1000)
        while events and events[0][1] & select.POLLIN and os.read(self._end, 4096):
            events = self._poll.poll(within_s * 1000)
        return bool(events)


def new_top() -> Iterator[Path]:
    """Give a new place, whose name has never been used: what was there first is remembered by name."""
    top = (BUILD / f"cell-{uuid.uuid4().hex[:12]}").resolve()
    yield top
    if top.exists():  # a test that was skipped has made nothing
        shutil.rmtree(top)
