"""A stand-in for the `copilot` command: a real executable, told by a file beside it how to behave."""

from __future__ import annotations

import json
import os
import select
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

SCRIPT = r"""
import json, os, signal, sys, time

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "behaviour.json")) as file:
    behaviour = json.load(file)
arguments = sys.argv[1:]
model = arguments[arguments.index("--model") + 1] if "--model" in arguments else None
files = [int(name) for name in os.listdir("/dev/fd")]
call = {
    "arguments": arguments, "cwd": os.getcwd(), "environ": dict(os.environ), "stdin": sys.stdin.read(),
    "open_files": [fd for fd in files if fd > 2 and os.path.exists("/dev/fd/%d" % fd)],
}
with open(os.path.join(here, "calls.jsonl"), "a") as file:
    file.write(json.dumps(call) + "\n")

def say(text):
    os.write(1, text.encode("utf-8", "surrogateescape"))

def hang():
    lifeline = os.open(os.path.join(here, "lifeline"), os.O_WRONLY)
    if behaviour["is_stubborn"]:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.fork() == 0:
        if behaviour["is_quiet"]:
            os.close(1)
            os.close(2)
        time.sleep(1000)
    say("hanging\n")
    if not behaviour["leaves_child"]:
        time.sleep(1000)

if model in behaviour["unavailable"]:
    os.write(2, b'Error: Model "%s" from --model flag is not available.\n' % model.encode())
    sys.exit(behaviour["unavailable_exit"])
if behaviour["hangs"]:
    hang()
while behaviour["is_endless"]:
    say("x" * 65536)
say(behaviour["stdout"])
os.write(2, behaviour["stderr"].encode())
if behaviour["killed_by"]:
    os.kill(os.getpid(), behaviour["killed_by"])
sys.exit(behaviour["exit"])
"""


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    stdout: str = "an answer\n"
    stderr: str = ""
    exit: int = 0
    killed_by: int = 0
    unavailable: tuple[str, ...] = ()
    unavailable_exit: int = 0
    hangs: bool = False
    """Starts a child, prints `hanging`, and does not end."""
    leaves_child: bool = False
    """With `hangs`: ends, and leaves the child behind."""
    is_quiet: bool = False
    """The child lets go of stdout and stderr."""
    is_stubborn: bool = False
    """Does not end by SIGTERM."""
    is_endless: bool = False
    """Prints without end."""


@dataclass(frozen=True)
class Call:
    arguments: list[str]
    cwd: str
    environ: dict[str, str]
    stdin: str
    open_files: list[int]


class CopilotStandIn:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._program = folder / "copilot"
        self._program.write_text(f"#!{sys.executable} -IS\n{SCRIPT}")
        self._program.chmod(0o755)
        os.mkfifo(folder / "lifeline")
        self._lifeline = os.open(folder / "lifeline", os.O_RDONLY | os.O_NONBLOCK)
        self.behave(Behaviour())

    @property
    def path(self) -> str:
        """What a PATH must hold for the stand-in to be found."""
        return str(self.folder)

    def behave(self, behaviour: Behaviour) -> None:
        (self.folder / "behaviour.json").write_text(json.dumps(asdict(behaviour)))

    def calls(self) -> list[Call]:
        record = self.folder / "calls.jsonl"
        return (
            [Call(**json.loads(line)) for line in record.read_text().splitlines()] if record.exists() else []
        )

    def all_are_dead(self) -> bool:
        """Whether neither a hanging stand-in nor its child lives; they hold the other end of a pipe."""
        ready, _, _ = select.select([self._lifeline], [], [], 5)
        return bool(ready) and os.read(self._lifeline, 1) == b""

    def close(self) -> None:
        os.close(self._lifeline)
