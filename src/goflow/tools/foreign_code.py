"""The line around code that is the user's: whatever it raises becomes an error of the tool."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from goflow.tools.base import ToolError


@contextmanager
def foreign_code(what: str) -> Iterator[None]:
    """Raise `ToolError`, which says what failed, in place of anything but a cancellation.

    `sys.exit()` is a failure too: a function does not end the run.
    """
    try:
        yield
    except ToolError:
        raise
    except (Exception, SystemExit) as error:  # the code is the user's, and may raise anything
        raise ToolError(f"{what}: {_said(error)}") from error


def _said(error: BaseException) -> str:
    """Return the type and the message, also of an error whose message cannot be had."""
    return "".join(traceback.format_exception_only(error)).strip()
