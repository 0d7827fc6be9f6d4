"""Waits of requests that are over before anybody would read of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from goflow.events import CallAdmitted, CallThrottled, step_of

if TYPE_CHECKING:
    from goflow.events import Event, Fact

SHOWN_FROM_MS: Final = 1000


class ShortWaits:
    """Keeps the wait of a step back until it is a second long, and its end too where that comes earlier."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, CallThrottled]] = {}

    def pass_on(self, event: Event) -> list[Fact]:
        """Return what people are to be told of now: waits that have grown long, and what has happened."""
        fact, told = event.fact, self._grown_long(event.at_ms)
        if isinstance(fact, CallThrottled) and _is_short(fact, event.at_ms):
            self._kept[fact.step] = (event.at_ms - fact.waited_ms, fact)
            return told
        was_kept = self._kept.pop(step_of(fact), None) is not None
        return told if was_kept and isinstance(fact, CallAdmitted) else [*told, fact]

    def _grown_long(self, now_ms: int) -> list[Fact]:
        grown = [step for step, (began_ms, _) in self._kept.items() if now_ms - began_ms >= SHOWN_FROM_MS]
        return [self._kept.pop(step)[1] for step in grown]


def _is_short(fact: CallThrottled, now_ms: int) -> bool:
    """Whether a wait is likely to be; one of which nobody knows the end is not."""
    return fact.until_ms is not None and fact.until_ms - now_ms + fact.waited_ms < SHOWN_FROM_MS
