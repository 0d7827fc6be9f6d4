"""Secrets are replaced where facts enter, before anything is kept or believed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from goflow.events import (
    AttemptFailed,
    AttemptStarted,
    Fact,
    Failure,
    QuestionAnswered,
    QuestionAsked,
    RunCreated,
    StepCompleted,
    StepFailed,
    StepSkipped,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK: Final = "***"
SHORTEST_SECRET: Final = 4
"""Shorter values are left alone: masking `1` or `yes` would destroy texts and hide nothing."""


class Masker:
    """Knows the secrets of a run, and takes them out of texts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = sorted({s for s in secrets if len(s) >= SHORTEST_SECRET}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, known))) if known else None
        self._longest = len(known[0]) if known else 0
        self._known = known

    def text(self, text: str) -> str:
        """Return the text with every secret replaced."""
        return text if self._pattern is None else self._pattern.sub(MASK, text)

    def fact(self, fact: Fact) -> Fact:
        """Return the fact with its texts masked; names and numbers stay."""
        if self._pattern is None:
            return fact
        match fact:
            case AttemptStarted():
                return replace(fact, prompt=self.text(fact.prompt))
            case StepCompleted():
                return replace(fact, output=self.text(fact.output))
            case AttemptFailed() | StepFailed():
                return replace(fact, failure=self._failure(fact.failure))
            case StepSkipped():
                return replace(fact, reason=self.text(fact.reason))
            case QuestionAsked():
                return replace(fact, text=self.text(fact.text), choices=tuple(map(self.text, fact.choices)))
            case QuestionAnswered():
                return replace(fact, text=self.text(fact.text))
            case RunCreated():
                return replace(fact, inputs={name: self.text(value) for name, value in fact.inputs.items()})
            case _:
                return fact

    def _failure(self, failure: Failure) -> Failure:
        return replace(failure, message=self.text(failure.message))

    def held_back(self, text: str) -> int:
        """Return how many characters at the end of `text` may be the beginning of a secret."""
        for size in range(min(self._longest - 1, len(text)), 0, -1):
            tail = text[-size:]
            if any(secret.startswith(tail) for secret in self._known if len(secret) > size):
                return size
        return 0


class StreamMask:
    """Masks a text that comes in pieces, also where a secret lies across two of them."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return what can be shown now."""
        text = self._masker.text(self._held + piece)
        held = self._masker.held_back(text)
        self._held = text[len(text) - held :]
        return text[: len(text) - held]

    def finish(self) -> str:
        """Return what was held back and is no secret after all."""
        text, self._held = self._held, ""
        return text
