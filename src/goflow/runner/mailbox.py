"""Commands of other processes: taken from the run's inbox now and then, and made facts by the owner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Final, assert_never

from goflow.events import Fact, QuestionAnswered, StopReason, StopRequested
from goflow.journal.commands import AnswerQuestion, CancelRun
from goflow.runner.stop import DRAIN_S

if TYPE_CHECKING:
    from goflow.journal.inbox import Inbox, Letter
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
            fact = _fact(letter, loop, warn)
            done = partial(inbox.done, letter)
            if fact is None:
                done()
            else:
                loop.submit(fact, done)
        await asyncio.sleep(INTERVAL_S)


def _fact(letter: Letter, loop: RunLoop, warn: Callable[[str], None]) -> Fact | None:
    match letter.command:
        case CancelRun() if letter.left_at_ms < loop.claimed_ms:
            return None  # it was meant for an earlier owner
        case CancelRun():
            return StopRequested(reason=StopReason.CANCELLED, grace_s=DRAIN_S)
        case AnswerQuestion(question_id=question_id, text=text, by=by):
            step = loop.asker_of(question_id)
            if step is None:
                warn(f"`{letter.path.name}` answers a question that this run has not asked")
                return None
            return QuestionAnswered(step=step, question_id=question_id, text=text, by=by)
        case _ as unreachable:
            assert_never(unreachable)
