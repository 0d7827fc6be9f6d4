"""What was said and done within a step: its attempts, each with its turns, calls, questions and entries."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from goflow.events import (
    AnswerRefused,
    AttemptStarted,
    Event,
    MemoryWritten,
    QuestionAnswered,
    QuestionAsked,
    RunReopened,
    StepReused,
    ToolCalled,
    ToolReturned,
    TurnTaken,
)

_FINAL_ANSWER: Final = "final_answer"
"""The call that is an answer, where a model has no other way to keep to a schema."""


@dataclass(slots=True)
class ToolUse:
    """A call of a tool; `result` is None while it has not returned, or if its end was lost."""

    step: str
    attempt: int
    call_id: str
    tool: str
    arguments: str
    at_ms: int
    result: str | None = None
    is_error: bool = False
    ended_ms: int | None = None


@dataclass(slots=True)
class Said:
    """What a model said beside its calls of tools."""

    text: str
    at_ms: int


@dataclass(slots=True)
class Refused:
    """An answer that did not satisfy the schema, and what the model was told of it."""

    text: str
    complaint: str
    at_ms: int


@dataclass(slots=True)
class Asked:
    """A question to a person; `answer` is None while it is open."""

    asked: QuestionAsked
    at_ms: int
    answer: QuestionAnswered | None = None


@dataclass(slots=True)
class Noted:
    """An entry in the shared memory."""

    text: str
    at_ms: int


Move: TypeAlias = ToolUse | Said | Refused | Asked | Noted


@dataclass(slots=True)
class Talk:
    """One attempt: what was asked of which model, and what followed, in order."""

    prompt: str
    moves: list[Move] = field(default_factory=list)


class ConversationView:
    """The conversations of a run's steps. Change it with `see` alone, one event at a time, in their order."""

    __slots__ = ("_calls", "_entries", "_questions", "calls", "talks")

    def __init__(self) -> None:
        self.talks: dict[tuple[str, int], Talk] = {}
        """By step and number of the attempt."""
        self.calls: list[ToolUse] = []
        """All calls of the run, in the order in which they were made."""
        self._entries: Counter[str] = Counter()
        self._calls: dict[tuple[str, int, str], ToolUse] = {}
        self._questions: dict[str, Asked] = {}

    @property
    def memory_entries(self) -> int:
        """Return how many entries the shared memory has."""
        return self._entries.total()

    def see(self, event: Event) -> None:  # noqa: C901, PLR0912 - one case a fact, nothing else
        """Take in the next event."""
        at_ms = event.at_ms
        match event.fact:
            case AttemptStarted() as fact:
                self.talks[fact.step, fact.attempt] = Talk(fact.prompt)
            case TurnTaken() as fact:
                if text := said_in(fact.message):
                    self._add(fact.step, fact.attempt, Said(text, at_ms))
            case ToolCalled() as fact:
                self._call(fact, at_ms)
            case ToolReturned() as fact:
                self._return(fact, at_ms)
            case AnswerRefused() as fact:
                self._add(fact.step, fact.attempt, Refused(said_in(fact.message), fact.complaint, at_ms))
            case MemoryWritten() as fact:
                self._entries[fact.step] += 1
                self._add(fact.step, fact.attempt, Noted(fact.text, at_ms))
            case StepReused() as fact:
                self._entries[fact.step] += len(fact.memory)
            case QuestionAsked() as fact:
                asked = self._questions[fact.question_id] = Asked(fact, at_ms)
                self._add(fact.step, fact.attempt, asked)
            case QuestionAnswered() as fact:
                if (question := self._questions.get(fact.question_id)) is not None:
                    question.answer = question.answer or fact
            case RunReopened(rewritten=steps):
                for step in steps:
                    del self._entries[step]
            case _:
                """Nothing is said or done within a step."""

    def _call(self, fact: ToolCalled, at_ms: int) -> None:
        use = ToolUse(fact.step, fact.attempt, fact.call_id, fact.tool, fact.arguments, at_ms)
        self._calls[fact.step, fact.attempt, fact.call_id] = use
        self.calls.append(use)
        self._add(fact.step, fact.attempt, use)

    def call(self, fact: ToolReturned) -> ToolUse | None:
        """Return the call that has returned."""
        return self._calls.get((fact.step, fact.attempt, fact.call_id))

    def _return(self, fact: ToolReturned, at_ms: int) -> None:
        use = self.call(fact)
        if use is not None:
            use.result, use.is_error, use.ended_ms = fact.result, fact.is_error, at_ms

    def _add(self, step: str, attempt: int, move: Move) -> None:
        talk = self.talks.get((step, attempt))
        if talk is not None:
            talk.moves.append(move)


def said_in(message: str) -> str:
    """Return the text of a model's message as the journal keeps it, without its calls of tools.

    The form is the backend's own: of one that is not known, nothing is said.
    """
    try:
        found = json.loads(message)
    except (ValueError, RecursionError):
        return ""
    parts = [part for item in _list(found) for part in _list(_field(item, "parts"))]
    return "\n\n".join(text for text in map(_text_of, parts) if text)


def _text_of(part: object) -> str:
    if _field(part, "part_kind") == "text":
        content = _field(part, "content")
        return content if isinstance(content, str) else ""
    if _field(part, "tool_name") == _FINAL_ANSWER:
        arguments = _field(part, "args")
        return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return ""


def _field(value: object, name: str) -> Any:  # noqa: ANN401 - what a backend wrote may be any JSON
    return value.get(name) if isinstance(value, Mapping) else None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
