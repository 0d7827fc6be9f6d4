"""Doubles for tests of workflows and of programs that run them; real implementations, and products.

`ScriptedBackend` answers as it is told, `MemoryJournal` keeps events in memory, and with `AutojumpClock`
waits take no time at all. `DroppingFiles` loses power at a moment of your choice: it raises `PowerLost`, and
what was not synced is gone.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from goflow.backends.base import Outcome, Ports, Refusal, Request, Success
from goflow.events import Failure
from goflow.journal.double import DroppingFiles, PowerLost
from goflow.journal.memory import MemoryJournal
from goflow.runner.jumping_clock import JumpingClock as AutojumpClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from goflow.runner.clock import Clock

__all__ = ["AutojumpClock", "DroppingFiles", "MemoryJournal", "PowerLost", "ScriptedBackend"]


class ScriptedBackend:
    """Answers each step's attempts from a list; the last entry holds for all further attempts.

    An entry is the output, or a `Failure`. `delays` are seconds on `clock`. `requests` keeps what was asked.
    """

    def __init__(
        self,
        script: Mapping[str, Sequence[str | Failure]] | None = None,
        *,
        default: str = "ok",
        clock: Clock | None = None,
        delays: Mapping[str, float] | None = None,
    ) -> None:
        self._script = script or {}
        self._default = default
        self._clock = clock or AutojumpClock()
        self._delays = delays or {}
        self.requests: list[Request] = []

    async def run(self, request: Request, ports: Ports) -> Outcome:
        """Answer as the script says."""
        self.requests.append(request)
        delay_s = self._delays.get(request.step, 0.0)
        if delay_s:
            await self._clock.sleep(delay_s)
        entries = self._script.get(request.step, (self._default,))
        entry = entries[min(request.failed_attempts, len(entries) - 1)]
        if isinstance(entry, Failure):
            return Refusal(failure=entry)
        if request.streaming:
            ports.progress(entry)
        return Success(output=entry, model=request.model)

    def versions(self) -> Mapping[str, str]:
        """Return nothing."""
        return {}

    @asynccontextmanager
    async def open(self) -> AsyncIterator[ScriptedBackend]:
        """Return the backend as one that is opened once a run."""
        yield self
