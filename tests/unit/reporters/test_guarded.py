from __future__ import annotations

import asyncio
from collections.abc import Sequence

from goflow.events import Event, Progress
from goflow.reporters.guarded import Guarded


class Unclosable:
    def on_events(self, batch: Sequence[Event]) -> None:
        return

    def on_progress(self, progress: Progress) -> None:
        return

    async def close(self) -> None:
        raise OSError("still open")


def test_a_reporter_that_cannot_be_closed_is_told_of() -> None:
    said: list[str] = []

    asyncio.run(Guarded(Unclosable(), said.append).close())

    assert said == ["`Unclosable` is told nothing more of the run: OSError: still open"]
