"""The `copilot` command: one process a step, one prompt in, its trimmed stdout out."""

from __future__ import annotations

import asyncio
import math
import os
import shutil
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from goflow.backends.base import Backend, Outcome, Ports, Refusal, Request, Success
from goflow.backends.copilot_failures import failure_of, not_started, printed_too_much
from goflow.backends.limiting import Limiters, Limiting
from goflow.backends.process_group import Command, Ended, run_command
from goflow.backends.turns import Turns
from goflow.errors import ProviderUnavailable
from goflow.events import Failure, FailureKind, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from goflow.governor import Limiter

PROVIDER: Final = "copilot"
"""What the command is called where workflows name it."""

MOST_STDOUT_BYTES: Final = 16 * 1024 * 1024
"""An answer that is longer than this is no answer."""


class Copilot:
    """Starts the command anew for each attempt; `environ` is its whole environment."""

    def __init__(self, path: str, environ: Mapping[str, str], limiter: Limiter | None = None) -> None:
        """Take what bounds how many commands run at a time, if something does."""
        self._path = path
        self._environ = environ
        self._limiter = limiter

    async def run(self, request: Request, ports: Ports) -> Outcome:
        """Make one attempt with one model."""
        prompt = _compose(request.system, request.prompt)
        if request.interactive:
            prompt += f"\n\nUser clarification:\n{await ports.ask(_question(request))}"
        command = Command(
            argv=(self._path, *_arguments(request, prompt)),
            cwd=request.workspace,
            env=self._environ,
            most_stdout_bytes=MOST_STDOUT_BYTES,
        )
        async with self._turn(request, ports):
            return await self._run(command, request, ports, prompt)

    @asynccontextmanager
    async def _turn(self, request: Request, ports: Ports) -> AsyncIterator[None]:
        """Wait until another command may start, where that is bounded."""
        if self._limiter is None:
            yield
            return
        turns = Turns(
            request=request, limit=PROVIDER, ports=ports, limiter=self._limiter, patience_s=math.inf
        )
        async with turns.take(0) as call:
            yield
            call.settle()

    async def _run(self, command: Command, request: Request, ports: Ports, prompt: str) -> Outcome:
        limit_s = request.settings.request_timeout_s if request.settings else None
        try:
            async with asyncio.timeout(limit_s):
                ended = await run_command(command, ports.progress if request.streaming else None)
        except TimeoutError:
            message = f"copilot CLI gave no answer within {limit_s:g}s"
            return Refusal(failure=Failure(kind=FailureKind.TIMEOUT, message=message))
        except (OSError, ValueError) as error:
            return Refusal(failure=not_started(error, prompt))
        return _outcome(ended, request.model)

    def versions(self) -> Mapping[str, str]:
        """Return which command answered."""
        return {"copilot": self._path}


@asynccontextmanager
async def open_copilot(
    environ: Mapping[str, str], limiting: Limiting | None = None
) -> AsyncIterator[Backend]:
    """Find the command on the environment's PATH; raises ProviderUnavailable where it is not.

    Of what bounds it, the workflow's `limits: {copilot: …}`, only `concurrency` and `rpm` mean something: its
    own requests nobody sees.
    """
    path = find_copilot(environ)
    if limiting is None or PROVIDER not in limiting.written:
        yield Copilot(path, environ)
        return
    limiters = Limiters(limiting)
    with closing(limiters):
        yield Copilot(path, environ, limiters.limiter_of_command(PROVIDER, path))


def find_copilot(environ: Mapping[str, str]) -> str:
    """Return the command's path; raises ProviderUnavailable where there is none."""
    path = shutil.which("copilot", path=environ.get("PATH", os.defpath))
    if path is None:
        raise ProviderUnavailable(
            "the `copilot` command, which `--cli` runs, was not found on the PATH",
            help="get it with `npm install -g @github/copilot`, then start `copilot` once and log in; "
            "`--mock` tries a workflow without it",
        )
    return str(Path(path).absolute())


def _arguments(request: Request, prompt: str) -> list[str]:
    arguments = ["--no-color", "-s", "-p", prompt, "--no-ask-user"]
    arguments += ["--available-tools", ",".join(request.tools)] if request.tools else ["--allow-all-tools"]
    if request.model is not None:
        arguments += ["--model", request.model.lower()]
    for folder in request.extra_dirs:
        arguments += ["--add-dir", str(Path(request.workspace, folder))]
    return arguments


def _compose(system: str, prompt: str) -> str:
    system, prompt = system.strip(), prompt.strip()
    return f"System instructions:\n{system}\n\nUser task:\n{prompt}" if system else prompt


def _question(request: Request) -> str:
    """Return the prompt's first line that is not blank, for a person to clarify."""
    lines = request.prompt.strip().splitlines()
    return lines[0].strip() if lines else request.step


def _outcome(ended: Ended, model: str | None) -> Outcome:
    if ended.printed_too_much:
        return Refusal(failure=printed_too_much(MOST_STDOUT_BYTES))
    output = ended.stdout.strip()
    if ended.exit_code == 0 and output:
        return Success(output=output, model=model, usage=Usage(requests=1))
    return Refusal(failure=failure_of(ended, model))
