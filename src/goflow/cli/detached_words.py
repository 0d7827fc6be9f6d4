"""The command line that others see of a process (`ps`), without the values of inputs: one may be a secret."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

_PROCESS: Final = Path("/proc/self")
_ADDRESSES: Final = slice(45, 47)
"""Where `stat` has the begin and the end of the command line, counted behind the program's name."""


def hide_inputs(pairs: Iterable[str]) -> None:
    """Take the values of inputs, as `NAME=VALUE`, out of this process's command line.

    Only Linux lets a process do that; elsewhere, and where it is forbidden, the words stay.
    """
    with suppress(OSError, ValueError):
        words = (_PROCESS / "cmdline").read_bytes()
        shown = words
        for pair in pairs:
            name = pair.partition("=")[0]
            shown = shown.replace(os.fsencode(pair), os.fsencode(f"{name}=***"))
        _write_over(words, shown)


def _write_over(words: bytes, shown: bytes) -> None:
    """Put other words in place of these, in the room that they have."""
    facts = (_PROCESS / "stat").read_bytes().rpartition(b")")[2].split()
    start, end = map(int, facts[_ADDRESSES])
    if end - start == len(words):
        with (_PROCESS / "mem").open("r+b", buffering=0) as memory:
            memory.seek(start)
            memory.write(shown.ljust(len(words), b"\0")[: len(words)])
