"""stdout is data, stderr is talk."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from goflow.errors import GoflowError, reason


def write_data(text: str) -> bool:
    """Write to stdout, in UTF-8 wherever the process runs; a terminal is given what is harmless of it.

    Return whether anybody reads it: a reader that has gone away has seen all it wanted. Raises `GoflowError`
    where the text cannot be written.
    """
    if is_terminal():
        from goflow.reporters.sanitize import sanitize

        text = sanitize(text)
    return write_bytes(text.encode("utf-8", "replace"))


def write_bytes(content: bytes) -> bool:
    """Write to stdout as they are, whoever reads it. Returns and raises as `write_data`."""
    if sys.stdout is None:
        raise GoflowError("cannot write to stdout: it is closed")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        give_up_stdout()
        return False
    except OSError as error:
        give_up_stdout()
        raise GoflowError(f"cannot write to stdout: {reason(error)}") from error
    return True


def is_terminal() -> bool:
    """Say whether a person reads stdout."""
    return sys.stdout is not None and sys.stdout.isatty()


def say(text: str) -> None:
    """Write to stderr; where nobody can hear, say nothing."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        """Nobody can be told."""


def hears_unicode() -> bool:
    """Say whether stderr takes characters beyond ASCII."""
    return _is_utf_8(sys.stderr)


def shows_unicode() -> bool:
    """Say whether who reads stdout expects characters beyond ASCII."""
    return _is_utf_8(sys.stdout)


def _is_utf_8(stream: TextIO | None) -> bool:
    encoding: str = getattr(stream, "encoding", None) or ""
    return encoding.lower().replace("-", "") == "utf8"


def give_up_stdout() -> None:
    """Throw away what is still to be written, or the interpreter complains about it at its end."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)
