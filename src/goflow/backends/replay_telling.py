"""What of a recorded attempt is still to be done, and what people said in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from goflow.events import AnswerRefused, ToolReturned, TurnTaken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goflow.events import AttemptFact, ConversationFact, QuestionAsked
    from goflow.projections.recording import Answered, Recording


def untold(facts: Sequence[AttemptFact], so_far: Sequence[ConversationFact]) -> Sequence[AttemptFact]:
    """Return what comes after that which a replay has told before it was cut off."""
    places = [
        place
        for place, fact in enumerate(facts, start=1)
        if isinstance(fact, TurnTaken | ToolReturned | AnswerRefused)
    ]
    said = [facts[place - 1] for place in places]
    for count in range(min(len(said), len(so_far)), 0, -1):
        if all(map(_is_same, said[:count], so_far[len(so_far) - count :])):
            return facts[places[count - 1] :]
    return facts


def _is_same(fact: AttemptFact, other: AttemptFact) -> bool:
    return replace(fact, attempt=0) == replace(other, attempt=0)


class RecordedAnswers:
    """Answers the questions of a replay as people did, in the order in which each was asked."""

    def __init__(self, recording: Recording) -> None:
        self._left: dict[tuple[str, str], list[Answered]] = defaultdict(list)
        for answered in recording.answers:
            self._left[answered.question.step, answered.question.text].append(answered)

    async def answer(self, question: QuestionAsked) -> tuple[str, str] | None:
        """Return what was said and where it came from; None where nobody answered."""
        left = self._left[question.step, question.text]
        same = (place for place, each in enumerate(left) if each.question.question_id == question.question_id)
        found = left.pop(next(same, 0)) if left else None
        if found is None or found.answer is None:
            return None
        return found.answer.text, found.answer.by
