"""The tool that runs a command."""

from __future__ import annotations

import os
from typing import Final

from goflow.tools.base import Arguments, Parameter, ParameterType, Tool, ToolClass, ToolContext, ToolError
from goflow.tools.bounded_text import MOST_KEPT_CHARS
from goflow.tools.sandbox import confined
from goflow.tools.supervised import MOST_OUTPUT_BYTES, Ended, Ending, run_supervised

DEFAULT_TIMEOUT_S: Final = 120
MOST_TIMEOUT_S: Final = 600
_FIRST_MS: Final = 1001
"""Where a timeout is no longer one of seconds: other programs' are in milliseconds."""


async def run_command(arguments: Arguments, context: ToolContext) -> str:
    """Run a command in the workspace; return what it printed, and how it ended if not well."""
    timeout_s = read_timeout_s(arguments.get("timeout", DEFAULT_TIMEOUT_S))
    argv = confined([_shell(), "-c", "--", arguments["command"]], context)
    try:
        ended = await run_supervised(
            argv, cwd=context.workspace, environ=context.environ, timeout_s=timeout_s
        )
    except (OSError, ValueError) as error:
        raise ToolError(f"cannot run the command: {error}") from error
    return _told(ended, timeout_s)


def read_timeout_s(timeout: int) -> float:
    """Return a model's timeout in seconds, within bounds."""
    if timeout < 1:
        raise ToolError(f"`timeout` is {timeout}: expected seconds, from 1 to {MOST_TIMEOUT_S}")
    return min(timeout / 1000 if timeout >= _FIRST_MS else timeout, MOST_TIMEOUT_S)


def _shell() -> str:
    found = next((path for path in ("/bin/bash", "/bin/sh") if os.access(path, os.X_OK)), None)
    if found is None:
        raise ToolError("cannot run commands: this machine has neither `/bin/bash` nor `/bin/sh`")
    return found


def _told(ended: Ended, timeout_s: float) -> str:
    output = ended.output.rstrip("\n")
    return "\n".join(part for part in (output, _how(ended, timeout_s)) if part) or "(no output)"


def _how(ended: Ended, timeout_s: float) -> str:
    match ended.ending:
        case Ending.TIME:
            return f"stopped after {timeout_s:g} s: the command had not ended"
        case Ending.OUTPUT:
            return f"stopped: the command printed more than {MOST_OUTPUT_BYTES // 1_000_000} MB"
        case Ending.ITSELF if ended.exit_code < 0:
            return f"stopped: its supervisor was killed by signal {-ended.exit_code}"
        case Ending.ITSELF:
            return f"exit code {ended.exit_code}" if ended.exit_code else ""


BASH: Final = Tool(
    name="bash",
    kind=ToolClass.RUN,
    description=(
        "Run a shell command in the workspace and return what it printed, errors included. It has no "
        "terminal and no input, and whatever it leaves running in the background is stopped when it ends."
    ),
    parameters=(
        Parameter(
            name="command",
            type=ParameterType.TEXT,
            description="the command, for `bash -c`",
            is_required=True,
            aliases=("cmd",),
        ),
        Parameter(
            name="timeout",
            type=ParameterType.WHOLE,
            description=f"seconds until it is stopped; {DEFAULT_TIMEOUT_S} if left out",
        ),
    ),
    use=run_command,
    subject="command",
    bounds=(
        f"{DEFAULT_TIMEOUT_S} s, {MOST_TIMEOUT_S} s at most; the first and the last {MOST_KEPT_CHARS:,} "
        f"characters of the output, and no more than {MOST_OUTPUT_BYTES // 1_000_000} MB; "
        "all that it starts ends with it"
    ),
)
