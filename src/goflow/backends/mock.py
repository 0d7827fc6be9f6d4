"""Answers without a model: `mock output`, always."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from goflow.backends.base import Backend, Outcome, Ports, Request, Success

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

PLAIN_ANSWER: Final = "mock output"


class PlainMock:
    """Gives every request the same answer, at once."""

    async def run(self, request: Request, ports: Ports) -> Outcome:
        """Answer `mock output`."""
        if request.streaming:
            ports.progress(PLAIN_ANSWER)
        return Success(output=PLAIN_ANSWER, model=request.model)

    def versions(self) -> Mapping[str, str]:
        """Return nothing: goflow's own version, which every run records, is all that shapes the answer."""
        return {}


@asynccontextmanager
async def open_mock() -> AsyncIterator[Backend]:
    """Open the mock."""
    yield PlainMock()
