"""A call that was let go, and how it may end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from goflow.governor.headers import read_limits, retry_after_s as asked_for
from goflow.governor.limits import NOTHING_TOLD
from goflow.governor.tickets import Refused, Ticket

if TYPE_CHECKING:
    from goflow.governor.turnstile import End


class Call:
    """A call in flight, for which `waited_s` seconds were waited; the first that is said of its end counts.

    Headers have names in lower case, or are found in any.
    """

    __slots__ = ("_finish", "_is_over", "_now", "_ticket", "waited_s")

    def __init__(
        self, ticket: Ticket, finish: Callable[[End], None], now: Callable[[], float], *, waited_s: float
    ) -> None:
        self.waited_s = waited_s
        self._ticket = ticket
        self._finish = finish
        self._now = now
        self._is_over = False

    def settle(self, tokens: float | None = None, headers: Mapping[str, str] | None = None) -> None:
        """Say that it was answered, how many tokens it took, and with which headers."""
        ticket, told = self._ticket, read_limits(headers, self._date()) if headers else NOTHING_TOLD
        self._end(lambda bucket, now: bucket.settle(ticket, now, tokens, told))

    def refused(
        self,
        retry_after_s: float | None = None,
        headers: Mapping[str, str] | None = None,
        kind: Refused = Refused.RATE,
    ) -> None:
        """Say that it was refused; how long to wait is read from its headers, unless it is said."""
        ticket, given, date = self._ticket, headers or {}, self._date()
        asked_s = asked_for(given, date) if retry_after_s is None else retry_after_s
        told = read_limits(given, date)
        self._end(lambda bucket, now: bucket.refuse(ticket, now, asked_s, told, kind=kind))

    def cancel(self) -> None:
        """Say that nothing is known of its end."""
        ticket = self._ticket
        self._end(lambda bucket, now: bucket.cancel(ticket, now))

    def _end(self, end: End) -> None:
        if not self._is_over:
            self._is_over = True
            self._finish(end)

    def _date(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC)
