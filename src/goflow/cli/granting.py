"""What a person is asked before a run begins."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goflow.cli.answerers import FirstOf


def is_granted(text: str, *, yes: str, answerer: FirstOf) -> bool:
    """Ask, with `yes` and a plain no to choose from; nobody's answer is no."""
    from goflow.events import QuestionAsked

    question = QuestionAsked(
        step="goflow", attempt=1, question_id="", text=text, choices=("no", yes), is_approval=True
    )
    answer = asyncio.run(answerer.answer(question))
    return answer is not None and answer[0] == yes
