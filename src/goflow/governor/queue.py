"""Who waits for a bucket: by rank, then in the order they came."""

from __future__ import annotations

import asyncio
import math
from heapq import heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goflow.governor.tickets import Ticket


class Waiter:
    """A call that has not been granted yet; `event` is set when it has, or should look again."""

    __slots__ = ("event", "has_left", "patience_s", "ticket", "tokens", "too_long_s")

    def __init__(self, tokens: float, patience_s: float = math.inf) -> None:
        self.tokens = tokens
        self.patience_s = patience_s
        self.too_long_s: float | None = None
        self.event = asyncio.Event()
        self.ticket: Ticket | None = None
        self.has_left = False

    def is_granted(self) -> bool:
        """Tell whether it may go."""
        return self.ticket is not None

    def grant(self, ticket: Ticket) -> None:
        """Let it go."""
        self.ticket = ticket
        self.event.set()

    def turn_away(self, wait_s: float) -> None:
        """Let it leave, for it would have to wait longer than it has patience for."""
        self.too_long_s = wait_s
        self.has_left = True
        self.event.set()


class Queue:
    """The waiters; one that leaves stays in its place until that is looked at."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Waiter]] = []
        self._came = 0

    def join(self, waiter: Waiter, rank: float) -> None:
        """Take a waiter in; the lowest rank goes first."""
        self._came += 1
        heappush(self._heap, (rank, self._came, waiter))

    def first(self) -> Waiter | None:
        """Return who goes next."""
        while self._heap and self._heap[0][2].has_left:
            heappop(self._heap)
        return self._heap[0][2] if self._heap else None

    def turn_away(self, wait_s: float) -> None:
        """Let all leave that have no patience for so long a pause."""
        for _, _, waiter in self._heap:
            if not waiter.has_left and waiter.patience_s < wait_s:
                waiter.turn_away(wait_s)

    def pop(self) -> None:
        """Let the first go."""
        heappop(self._heap)
