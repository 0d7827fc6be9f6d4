"""Bytes on stdout, for texts that come out as they are kept, and for readers that may leave."""

from __future__ import annotations

import sys

from goflow.cli.streams import give_up_stdout, reason
from goflow.errors import GoflowError


def write_bytes(content: bytes) -> bool:
    """Write to stdout; return whether anybody reads it. Raises `GoflowError` where it cannot be written."""
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
