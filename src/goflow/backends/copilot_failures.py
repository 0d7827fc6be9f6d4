"""What went wrong with the `copilot` command: it has no better than its words and its exit code."""

from __future__ import annotations

import errno
import os
import re
import sys
from typing import TYPE_CHECKING, Final

from goflow.errors import reason
from goflow.events import Failure, FailureKind

if TYPE_CHECKING:
    from goflow.backends.process_group import Ended

MOST_MESSAGE_CHARS: Final = 4000
"""How much of the command's words a failure's message holds."""

_MODEL_UNAVAILABLE: Final = "from --model flag is not available"
_SIGNS: Final = (
    (FailureKind.MODEL_UNAVAILABLE, _MODEL_UNAVAILABLE),
    (FailureKind.QUOTA_EXHAUSTED, "quota_exceeded|no quota|quota exceeded|exceeded your .{0,40}quota"),
    (FailureKind.RATE_LIMITED, "rate.?limit|too many requests|exceeded your copilot token usage"),
    (FailureKind.CREDENTIALS, "no authentication information|authentication (failed|required)"),
    (FailureKind.CREDENTIALS, "not logged in|unauthori[sz]ed|bad credentials|invalid token"),
    (FailureKind.TIMEOUT, "ETIMEDOUT|timed out|connect timeout"),
    (FailureKind.CONNECTION, "ECONNRESET|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EPIPE|socket hang up|fetch failed"),
    (FailureKind.CONNECTION, "connection.(error|reset|refused|closed|terminated)"),
    (FailureKind.OVERLOADED, "overloaded|service unavailable|bad gateway|server error"),
    (FailureKind.OVERLOADED, "failed to get (a )?response from the ai model"),
)
"""Words of the command and of Node.js beneath it; the first that are found decide."""
_WAIT: Final = re.compile(r"(?:try again|retry) (?:in|after) (\d{1,6}) ?(s|m|h)", re.IGNORECASE)
_SECONDS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0}
_OUT_OF_RESOURCES: Final = frozenset({errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE})


def failure_of(ended: Ended, model: str | None) -> Failure:
    """Say why a command that ended gave no answer."""
    stderr = ended.stderr.strip()
    if ended.exit_code != 0:
        words = stderr or ended.stdout.strip() or _exit(ended.exit_code)
        kind = _kind(stderr) or _kind_of_exit(ended.exit_code)
        return _failure(kind, f"copilot CLI execution failed: {words}", stderr)
    kind = _kind(stderr) or FailureKind.EMPTY_OUTPUT
    if kind is FailureKind.MODEL_UNAVAILABLE:
        return _failure(kind, f'model "{model or ""}" unavailable: {stderr}', stderr)
    message = f"copilot CLI returned no output: {stderr}" if stderr else "copilot CLI returned empty output"
    return _failure(kind, message, stderr)


def printed_too_much(most_bytes: int) -> Failure:
    """Say that the command was stopped for printing without end."""
    message = f"copilot CLI was stopped: it printed more than {most_bytes // 1024 // 1024} MB"
    return Failure(kind=FailureKind.MALFORMED, message=message)


def not_started(error: OSError | ValueError, prompt: str) -> Failure:
    """Say why the command could not be started with this prompt."""
    if isinstance(error, ValueError):
        message = f"copilot CLI takes the prompt as an argument, which this one cannot be: {error}"
        return Failure(kind=FailureKind.REJECTED, message=message)
    if error.errno == errno.E2BIG:
        return Failure(kind=FailureKind.REJECTED, message=_too_long(prompt))
    kind = FailureKind.OVERLOADED if error.errno in _OUT_OF_RESOURCES else FailureKind.REJECTED
    message = f"copilot CLI could not be started: {reason(error)}: `{error.filename}`"
    return Failure(kind=kind, message=message)


def _too_long(prompt: str) -> str:
    length = len(prompt.encode(errors="replace"))
    return (
        f"the prompt has {length} bytes, and copilot CLI takes it as an argument, "
        f"which has at most {_most_bytes()}; shorten what is injected with `config.truncate`, "
        "or use a provider instead of `--cli`"
    )


def _most_bytes() -> int:
    """Return what this system allows: Linux for one argument, others for all of them and the environment."""
    return 32 * os.sysconf("SC_PAGE_SIZE") - 1 if sys.platform == "linux" else os.sysconf("SC_ARG_MAX")


def _failure(kind: FailureKind, message: str, stderr: str) -> Failure:
    shown = message if len(message) <= MOST_MESSAGE_CHARS else f"{message[: MOST_MESSAGE_CHARS - 1]}…"
    return Failure(kind=kind, message=shown, retry_after_s=_retry_after_s(stderr, kind))


def _kind(stderr: str) -> FailureKind | None:
    return next((kind for kind, sign in _SIGNS if re.search(sign, stderr, re.IGNORECASE)), None)


def _kind_of_exit(exit_code: int) -> FailureKind:
    """Return what an exit without known words means: one killed from outside may do better the next time."""
    return FailureKind.CONNECTION if exit_code < 0 else FailureKind.REJECTED


def _exit(exit_code: int) -> str:
    return f"exit status {exit_code}" if exit_code > 0 else f"killed by signal {-exit_code}"


def _retry_after_s(stderr: str, kind: FailureKind) -> float | None:
    found = _WAIT.search(stderr) if kind is FailureKind.RATE_LIMITED else None
    return float(found[1]) * _SECONDS[found[2].lower()] if found else None
