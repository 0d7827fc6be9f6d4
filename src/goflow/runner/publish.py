"""How facts become events: masked, numbered, durable, told, and only then believed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from goflow.events import AnyAttemptFact, AttemptStarted, Event, Fact, Progress
from goflow.runner.masking import Masker, StreamMask
from goflow.scheduler import RunState, apply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goflow.journal.base import Journal
    from goflow.reporters.base import Reporter
    from goflow.runner.clock import Clock


class Publisher:
    """The only writer of a run's journal and state."""

    def __init__(
        self,
        state: RunState,
        *,
        journal: Journal,
        reporters: Sequence[Reporter],
        clock: Clock,
        masker: Masker,
    ) -> None:
        self._state = state
        self._journal = journal
        self._reporters = reporters
        self._clock = clock
        self._masker = masker
        self._streams: dict[tuple[str, int], StreamMask] = {}

    async def publish(self, facts: Sequence[Fact]) -> None:
        """Append the facts as one batch, then tell the reporters, then change the state."""
        if not facts:
            return
        state = self._state
        at_ms = max(self._clock.now_ms(), state.now_ms)
        mask = self._masker.fact
        batch = [Event(seq, at_ms, mask(fact)) for seq, fact in enumerate(facts, start=state.seq + 1)]
        await self._journal.append(batch, expected_seq=state.seq, epoch=state.epoch)
        for reporter in self._reporters:
            reporter.on_events(batch)
        for event in batch:
            apply(state, event)

    def masked(self, started: AttemptStarted) -> AttemptStarted:
        """Return the beginning of an attempt as it will be kept."""
        return replace(started, prompt=self._masker.text(started.prompt))

    def mask(self, fact: AnyAttemptFact) -> AnyAttemptFact:
        """Return a fact as it will be kept."""
        return cast("AnyAttemptFact", self._masker.fact(fact))  # masking changes texts, never the kind

    def show(self, step: str, attempt: int, text: str) -> None:
        """Pass on a piece of an answer as it arrives; it is not kept for replay."""
        stream = self._streams.setdefault((step, attempt), StreamMask(self._masker))
        self._tell(step, attempt, stream.feed(text))

    def end_stream(self, step: str, attempt: int) -> None:
        """Pass on what was held back of an answer that has ended."""
        stream = self._streams.pop((step, attempt), None)
        if stream is not None:
            self._tell(step, attempt, stream.finish())

    def _tell(self, step: str, attempt: int, text: str) -> None:
        if text:
            progress = Progress(step=step, attempt=attempt, text=text)
            for reporter in self._reporters:
                reporter.on_progress(progress)
