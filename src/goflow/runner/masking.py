"""Secrets are replaced where facts enter, before anything is kept or believed."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from goflow.events import (
    MASK,
    AnswerRefused,
    AttemptFailed,
    AttemptStarted,
    Fact,
    Failure,
    MemoryWritten,
    QuestionAnswered,
    QuestionAsked,
    RunCreated,
    StepCompleted,
    StepFailed,
    StepReused,
    StepSkipped,
    ToolCalled,
    ToolReturned,
    TurnTaken,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_ToolFact = TypeVar("_ToolFact", ToolCalled, ToolReturned)

SHORTEST_SECRET: Final = 4
"""Shorter values, and blanks, are left alone: masking `1` or `yes` would destroy texts and hide nothing."""


class Masker:
    """Knows the secrets of a run, and takes them out of texts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        hidden = (secret for secret in secrets if len(secret.strip()) >= SHORTEST_SECRET)
        spelled = {spelling for secret in hidden for spelling in _spellings(secret)}
        known = sorted(spelled, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, known))) if known else None
        self._longest = len(known[0]) if known else 0
        self._known = known

    def text(self, text: str) -> str:
        """Return the text with every secret replaced, and half characters that no file could hold."""
        text = _whole(text)
        return text if self._pattern is None else self._pattern.sub(MASK, text)

    def fact(self, fact: Fact) -> Fact:  # noqa: C901, PLR0912 - one case a fact, nothing else
        """Return the fact with its texts masked; names and numbers stay."""
        match fact:
            case AttemptStarted(prompt=prompt):
                masked = self.text(prompt)
                return fact if masked is prompt else replace(fact, prompt=masked)
            case StepCompleted(output=output):
                masked = self.text(output)
                return fact if masked is output else replace(fact, output=masked)
            case StepReused():
                texts = {"prompt": self.text(fact.prompt), "output": self.text(fact.output)}
                return replace(fact, **texts, memory=tuple(map(self.text, fact.memory)))
            case AttemptFailed() | StepFailed():
                return replace(fact, failure=self._failure(fact.failure))
            case StepSkipped():
                return replace(fact, reason=self.text(fact.reason))
            case QuestionAsked():
                return replace(fact, text=self.text(fact.text), choices=tuple(map(self.text, fact.choices)))
            case QuestionAnswered():
                return replace(fact, text=self.text(fact.text))
            case MemoryWritten():
                return replace(fact, text=self.text(fact.text))
            case TurnTaken():
                return replace(fact, message=self.json(fact.message))
            case AnswerRefused():
                return replace(fact, message=self.json(fact.message), complaint=self.text(fact.complaint))
            case ToolCalled():
                return replace(self._named(fact), arguments=self.json(fact.arguments))
            case ToolReturned():
                return replace(self._named(fact), result=self.text(fact.result))
            case RunCreated():
                return replace(fact, inputs={name: self.text(value) for name, value in fact.inputs.items()})
            case _:
                return fact

    def _named(self, fact: _ToolFact) -> _ToolFact:
        """Mask the names that the model chose, which must be those of its kept message."""
        return replace(fact, tool=self.text(fact.tool), call_id=self.text(fact.call_id))

    def json(self, text: str) -> str:
        """Return JSON with every secret in its texts replaced, however they are escaped there."""
        if self._pattern is None:
            return text
        try:
            return json.dumps(self._inside(json.loads(text)), ensure_ascii=False, separators=(",", ":"))
        except (ValueError, RecursionError):
            return self.text(text)

    def _inside(self, value: object) -> object:
        match value:
            case str():
                return self.text(value)
            case list():
                return [self._inside(item) for item in value]
            case dict():
                return {self.text(key): self._inside(item) for key, item in value.items()}
            case _:
                return value

    def _failure(self, failure: Failure) -> Failure:
        return replace(failure, message=self.text(failure.message))

    def settled(self, text: str) -> int:
        """Return how much of the beginning of `text` will read the same whatever follows it.

        What is left begins with what may be the beginning of a secret, or with a secret that a longer one
        may turn out to contain.
        """
        if self._pattern is None:
            return len(text)
        end = self._first_open(text)
        for match in self._pattern.finditer(text):
            if match.end() > end:
                return min(end, match.start())
        return end

    def _first_open(self, text: str) -> int:
        for start in range(max(0, len(text) - self._longest + 1), len(text)):
            if any(secret.startswith(text[start:]) for secret in self._known):
                return start
        return len(text)


def _spellings(secret: str) -> set[str]:
    """Return a secret as it is, and as JSON writes it: answers, arguments and files may hold JSON."""
    return {secret, *(json.dumps(secret, ensure_ascii=is_ascii)[1:-1] for is_ascii in (True, False))}


def _whole(text: str) -> str:
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


class StreamMask:
    """Masks a text that comes in pieces, also where a secret lies across several of them."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return what can be shown now."""
        text = self._held + piece
        end = self._masker.settled(text)
        self._held = text[end:]
        return self._masker.text(text[:end])

    def finish(self) -> str:
        """Return what was held back, masked."""
        text, self._held = self._held, ""
        return self._masker.text(text)
