"""Commands of other processes: taken from the run's inbox now and then, and made facts by the owner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
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
async def watch_inbox(
    inbox: Inbox, earlier: Sequence[Letter], loop: RunLoop, warn: Callable[[str], None]
) -> AsyncIterator[None]:
    """Look into the inbox while the block runs; a command is removed when its event is durable.

    `earlier` is what was in the inbox when the run was taken: a cancellation among it was for another owner.
    """
    watching = asyncio.create_task(_watch(inbox, earlier, loop, warn))
    try:
        yield
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def _watch(inbox: Inbox, earlier: Sequence[Letter], loop: RunLoop, warn: Callable[[str], None]) -> None:
    letters = [letter for letter in earlier if not isinstance(letter.command, CancelRun)]
    for stale in earlier:
        if stale not in letters:
            inbox.done(stale)
    while True:
        for letter in letters:
            fact = _fact(letter, loop, warn)
            done = partial(inbox.done, letter)
            if fact is None:
                done()
            else:
                loop.submit(fact, done)
        await asyncio.sleep(INTERVAL_S)
        letters = list(inbox.take())


def _fact(letter: Letter, loop: RunLoop, warn: Callable[[str], None]) -> Fact | None:
    match letter.command:
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
