"""The limiters of a run's models: what its workflow says of each, and the folder that shares them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from goflow.backends.waiting import wait_on_loop
from goflow.governor import BucketKey, Limiter, LimitSpec
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.backends.failures import Asked
    from goflow.governor.clock import Clock
    from goflow.workflow import LimitSpec as WrittenLimit


class WallClock:
    """The time of day, which all processes have in common, also where somebody sets it."""

    def now_ms(self) -> int:
        """Return the milliseconds since 1970 in UTC."""
        return round(time.time() * 1000)

    async def wait(self, event: asyncio.Event, until_ms: int | None) -> None:
        """Return when `event` is set or the time has come, whichever is first."""
        await wait_on_loop(event, None if until_ms is None else until_ms - self.now_ms())


@dataclass(frozen=True, slots=True, kw_only=True)
class Limiting:
    """What bounds the requests of a run; without a folder its limiters are its own."""

    written: Mapping[str, WrittenLimit] = field(default_factory=dict)
    """The workflow's `limits`, by model, `provider:model` or provider."""
    folder: Path | None = None
    """Where limiters are shared by all runs of the user."""
    warn: Callable[[str], None] = lambda _: None
    clock: Clock = field(default_factory=WallClock)
    probes: bool = False
    """Whether a model that takes no requests for long, as far as is known, is asked once all the same."""


NOT_LIMITED: Final = Limiting()
"""Nothing is given: what a provider takes is learned, for this run alone."""


class Limiters:
    """One limiter for each thing that a provider counts by, opened when a model is."""

    def __init__(self, limiting: Limiting) -> None:
        self._limiting = limiting
        self._open: dict[BucketKey, Limiter] = {}

    def limiter_of(self, name: str | None, asked: Asked, key: str | None) -> Limiter:
        """Return the limiter of a model that steps ask by `name`, the same for all names it has."""
        bucket = BucketKey(
            provider=asked.provider, address=asked.address, model=asked.model, secret=key or ""
        )
        return self._limiter(bucket, given_to(self._limiting.written, name, asked.provider, asked.model))

    def limiter_of_command(self, name: str, path: str) -> Limiter:
        """Return the limiter of a command that asks models itself, whichever they are."""
        bucket = BucketKey(provider=name, address=path, model="")
        return self._limiter(bucket, given_to(self._limiting.written, None, name, ""))

    def _limiter(self, bucket: BucketKey, given: LimitSpec | None) -> Limiter:
        found = self._open.get(bucket)
        if found is None:
            found = self._open[bucket] = Limiter.open(
                bucket, given, self._limiting.folder, clock=self._limiting.clock, warn=self._limiting.warn
            )
            if self._limiting.probes:
                found.probe()
        return found

    def close(self) -> None:
        """Let all of them go."""
        for limiter in self._open.values():
            limiter.close()


def given_to(
    written: Mapping[str, WrittenLimit], name: str | None, provider: str, model: str
) -> LimitSpec | None:
    """Return what is written of a model: under its name as in steps, in full, alone, or of its provider."""
    names = (name or model, f"{provider}:{model}", model, provider)
    found = next((written[each] for each in names if each in written), None)
    if found is None:
        return None
    return LimitSpec(rpm=found.rpm or None, tpm=found.tpm or None, concurrency=found.concurrency or None)
