"""A process that has loaded all that a run needs, and forks: `stem.py`.

Each line of its input is the arguments of `goflow` and two files, for stdout and stderr, as JSON. A child
with a session of its own becomes that command. What is said of it on stdout is its process id and, when it
has ended, its exit code. So a kill costs no second of loading, and most of the moments fall into the run.
"""

from __future__ import annotations

import json
import os
import sys

import pydantic_ai.models.openai  # noqa: F401 - what a run imports when it first asks a model

import goflow
import goflow.cli.resume
import goflow.cli.run
from goflow.backends.llm import open_llm  # noqa: F401 - likewise
from goflow.cli.main import run_process


def become(arguments: list[str], stdout: str, stderr: str) -> None:
    """Be the command; does not return."""
    os.setsid()
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, path in ((1, stdout), (2, stderr)):
        os.dup2(os.open(path, flags), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.argv = ["goflow", *arguments]
    run_process()


def say(number: int) -> None:
    os.write(1, f"{number}\n".encode())


if __name__ == "__main__":
    assert goflow.__version__
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            become(*json.loads(line))
        say(child)
        _, status = os.waitpid(child, 0)
        say(os.waitstatus_to_exitcode(status))
