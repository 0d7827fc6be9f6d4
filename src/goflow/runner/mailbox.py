"""Commands of other processes: taken from the run's inbox now and then, and made facts by the owner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Final, assert_never

from goflow.events import Fact, QuestionAnswered, StopReason, StopRequested
from goflow.journal.inbox import AnswerQuestion, CancelRun
from goflow.runner.stop import DRAIN_S

if TYPE_CHECKING:
    from goflow.journal.inbox import Inbox, InboxCommand
    from goflow.runner.loop import RunLoop

INTERVAL_S: Final = 0.25


@asynccontextmanager
async def watch_inbox(inbox: Inbox, loop: RunLoop, warn: Callable[[str], None]) -> AsyncIterator[None]:
    """Look into the inbox while the block runs; a command is removed when its event is durable."""
    watching = asyncio.create_task(_watch(inbox, loop, warn))
    try:
        yield
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def _watch(inbox: Inbox, loop: RunLoop, warn: Callable[[str], None]) -> None:
    while True:
        for letter in inbox.take():
            fact = _fact(letter.command, loop)
            done = partial(inbox.done, letter)
            if fact is None:
                warn(f"`{letter.path.name}` answers a question that this run has not asked")
                done()
            else:
                loop.submit(fact, done)
        await asyncio.sleep(INTERVAL_S)


def _fact(command: InboxCommand, loop: RunLoop) -> Fact | None:
    match command:
        case CancelRun():
            return StopRequested(reason=StopReason.CANCELLED, grace_s=DRAIN_S)
        case AnswerQuestion():
            step = loop.asker_of(command.question_id)
            if step is None:
                return None
            return QuestionAnswered(
                step=step, question_id=command.question_id, text=command.text, by=command.by
            )
        case _ as unreachable:
            assert_never(unreachable)
