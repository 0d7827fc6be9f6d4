"""Run one command with the tool, as a process of its own: `run_tool.py SANDBOX WORKSPACE HOME COMMAND`.

It prints what the model would be told, and how much memory it took.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from goflow.tools.base import ToolContext
from goflow.tools.command_environ import safe_environ
from goflow.tools.commands import BASH
from goflow.tools.sandbox import sandboxes
from tests.unit.tools.file_contexts import NoPorts, used


def main(name: str, workspace: str, home: str, command: str) -> None:
    found = sandboxes(os.environ["PATH"], os.path.realpath(os.curdir))
    context = ToolContext(
        workspace=workspace,
        confinement=None if name == "none" else found[name],
        environ=safe_environ(os.environ) | {"HOME": home},
        ports=NoPorts(),
    )
    print(asyncio.run(used(BASH, context, command=command, timeout=60)))  # noqa: T201
    print(f"memory {most_resident_kb()}")  # noqa: T201


def most_resident_kb() -> str:
    """Return what this program took at most; `getrusage` counts the process that it was forked from too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return status.partition("VmHWM:")[2].split()[0]


if __name__ == "__main__":
    main(*sys.argv[1:])
