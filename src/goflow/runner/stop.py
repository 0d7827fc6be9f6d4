"""Ctrl-C and SIGTERM.

The first lets running steps end, the second stops them, the third is the system's own.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from goflow.events import Fact, StopReason, StopRequested

DRAIN_S: Final = 10.0

_REASONS: Final = {signal.SIGINT: StopReason.SIGINT, signal.SIGTERM: StopReason.SIGTERM}


@contextmanager
def stop_on_signals(submit: Callable[[Fact], None]) -> Iterator[None]:
    """Turn signals into stop requests while the block runs; only the main thread's loop can."""
    loop = asyncio.get_running_loop()
    listener = _Listener(submit, loop)
    try:
        for number in _REASONS:
            loop.add_signal_handler(number, listener.hear, number)
    except (NotImplementedError, RuntimeError, ValueError):
        yield
        return
    try:
        yield
    finally:
        listener.rest()


class _Listener:
    def __init__(self, submit: Callable[[Fact], None], loop: asyncio.AbstractEventLoop) -> None:
        self._submit = submit
        self._loop = loop
        self._heard = 0

    def hear(self, number: signal.Signals) -> None:
        self._heard += 1
        grace_s = DRAIN_S if self._heard == 1 else 0.0
        self._submit(StopRequested(reason=_REASONS[number], grace_s=grace_s))
        if self._heard > 1:
            self.rest()

    def rest(self) -> None:
        for number in _REASONS:
            self._loop.remove_signal_handler(number)
