"""A run as it can be told again: what each attempt asked, said and did, and the order of the memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from goflow.events import (
    AttemptFact,
    AttemptFailed,
    QuestionAnswered,
    QuestionAsked,
    StepCompleted,
    StepFailed,
    StepReused,
)
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.planning.content import Content

Key: TypeAlias = tuple[str, int]
"""A step, and how many of its attempts had failed before."""

End: TypeAlias = StepCompleted | StepReused | AttemptFailed | StepFailed
"""How an attempt ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAttempt:
    """One attempt, with what was said in those before it that were cut off.

    `content` is what it was asked with, by part, as far as the run's sources tell; `end` is None where the
    run was stopped before. `entries_first` counts the entries of the memory that had come before anything
    followed from the end.
    """

    key: Key
    agent: str
    model: str | None
    prompt: str
    content: Content = field(default_factory=dict)
    facts: tuple[AttemptFact, ...] = ()
    end: End | None = None
    entries_first: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEntry:
    """An entry of the memory: who wrote it, and how many attempts had started before."""

    owner: Key
    starts_first: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A question to a person with its answer, None where none came."""

    question: QuestionAsked
    answer: QuestionAnswered | None = None


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What a replay needs of a run; `starts` and `entries` stand in the order in which they happened."""

    run_id: str
    attempts: Mapping[Key, RecordedAttempt]
    starts: Sequence[Key] = ()
    entries: Sequence[RecordedEntry] = ()
    answers: Sequence[Answered] = ()

    @property
    def asks_default_model(self) -> bool:
        """Return whether any attempt was left to the provider's default model."""
        return any(attempt.model is None for attempt in self.attempts.values())

    def attempt(self, step: str, failed: int) -> RecordedAttempt | None:
        """Return the attempt before which so many had failed.

        A replay that is resumed may count a request that differed as well: the last attempt, where it did not
        fail, is for whatever comes after.
        """
        last = self.attempts.get((step, self.count_of(step) - 1))
        is_final = last is not None and last.key[1] < failed and not isinstance(last.end, AttemptFailed)
        return last if is_final else self.attempts.get((step, failed))

    def count_of(self, step: str) -> int:
        """Return how many attempts of a step are recorded."""
        return self._counts[step]

    @cached_property
    def _counts(self) -> Counter[str]:
        return Counter(step for step, _ in self.attempts)
