"""What a step has taken so far, while its run is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from goflow.events import NO_USAGE

if TYPE_CHECKING:
    from goflow.events import Usage


@dataclass(slots=True)
class Work:
    """The attempts of a step; `since_ms` is None while nothing is done for it."""

    since_ms: int | None = None
    throttled_since_ms: int | None = None
    duration_ms: int = 0
    throttled_ms: int = 0
    usage: Usage = NO_USAGE
    of_attempt: Usage = NO_USAGE
    failed_attempts: int = 0
    repairs: int = 0
    model: str | None = None
    prompt_chars: int = 0

    def pause(self, at_ms: int) -> None:
        """Stop counting the time."""
        if self.since_ms is not None:
            self.duration_ms += at_ms - self.since_ms
            self.since_ms = None

    def throttle(self, at_ms: int) -> None:
        """Count the time from then on apart, until the first of its requests is admitted."""
        since_ms = at_ms if self.since_ms is None else max(at_ms, self.since_ms)
        self.pause(since_ms)
        if self.throttled_since_ms is None:
            self.throttled_since_ms = since_ms

    def admit(self, at_ms: int) -> None:
        """Go on counting the time."""
        self._end_throttling(at_ms)
        self.since_ms = at_ms

    def end_attempt(self, at_ms: int, usage: Usage) -> None:
        """Close the attempt, if one is open, that consumed this as a whole."""
        self.pause(at_ms)
        self._end_throttling(at_ms)
        self.usage = self.usage.plus(usage)
        self.of_attempt = NO_USAGE

    def _end_throttling(self, at_ms: int) -> None:
        if self.throttled_since_ms is not None:
            self.throttled_ms += at_ms - self.throttled_since_ms
            self.throttled_since_ms = None
