"""What a scripted mock replies: rules over requests.

A reply is a function of the request alone: neither time nor what was asked before has a part in it.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Final, TypeAlias

from goflow.events import NO_USAGE, FailureKind, Usage
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from goflow.backends.base import Request

PLAIN_ANSWER: Final = "mock output"
_INSERT: Final = re.compile(
    r'\{\{(?:\s*(?P<name>step|agent|model|attempt|prompt|answer|result)\s*|"(?P<braces>\{\{|\}\})")\}\}'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """How an answer arrives: in pieces, with a pause before each but the first."""

    chunk_chars: int = 20
    pause_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person is asked before the answer."""

    text: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A tool that is used before the answer; `arguments` is JSON."""

    tool: str
    arguments: str = "{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer; `text` may name values of the request to be inserted."""

    text: str = PLAIN_ANSWER
    delay_s: float = 0.0
    stream: Stream | None = None
    question: Question | None = None
    calls: tuple[Call, ...] = ()
    usage: Usage = NO_USAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A failure; `message` may name values of the request too."""

    kind: FailureKind
    message: str
    retry_after_s: float | None = None
    delay_s: float = 0.0
    usage: Usage = NO_USAGE


Reply: TypeAlias = Answer | Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which requests it is for, and their replies by how often the step has failed; the last holds on.

    Of the patterns of a name one must match, those of `prompt` must all be found; no pattern at all fits all.
    """

    steps: tuple[re.Pattern[str], ...] = ()
    step_names: tuple[str, ...] = ()
    """The patterns of `steps` as they are written."""
    agents: tuple[re.Pattern[str], ...] = ()
    models: tuple[re.Pattern[str], ...] = ()
    prompt: tuple[re.Pattern[str], ...] = ()
    replies: tuple[Reply, ...]

    def is_for(self, request: Request) -> bool:
        """Whether the request fits every pattern."""
        return (
            _fits(self.steps, request.step)
            and _fits(self.agents, request.agent)
            and _fits(self.models, request.model or "")
            and all(pattern.search(request.prompt) for pattern in self.prompt)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MockScript:
    """Rules, of which the first that fits decides, and what is replied where none does."""

    rules: tuple[Rule, ...] = ()
    default: Reply = field(default_factory=Answer)

    def strays(self, steps: Iterable[str]) -> list[str]:
        """Return what rules say of steps, as it is written, that fits none of these; each once."""
        known = frozenset(steps)
        named = {
            name: pattern
            for rule in self.rules
            for name, pattern in zip(rule.step_names, rule.steps, strict=True)
        }
        return [
            name
            for name, pattern in named.items()
            if name not in known and not any(map(pattern.fullmatch, known))
        ]

    def reply_to(self, request: Request) -> Reply:
        """Return what the script says for this attempt."""
        for rule in self.rules:
            if rule.is_for(request):
                return rule.replies[min(request.failed_attempts, len(rule.replies) - 1)]
        return self.default


def glob(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of whole names: `*` is any text, `?` any character, brackets are themselves."""
    parts = (
        ".*" if part == "*" else "." if part == "?" else re.escape(part)
        for part in re.split(r"([*?])", pattern)
    )
    return re.compile("".join(parts), re.DOTALL)


def names_answer(text: str) -> bool:
    """Whether a text has a place for a person's answer."""
    return any(found["name"] == "answer" for found in _INSERT.finditer(text))


def fill_in(text: str, request: Request, *, answer: str = "", result: str = "") -> str:
    """Insert the request's values, in one pass: what is inserted is never expanded."""

    def value(found: re.Match[str]) -> str:
        match found["name"]:
            case None:
                return str(found["braces"])
            case "answer":
                return answer
            case "result":
                return result
            case name:
                return str(getattr(request, name) or "")

    return _INSERT.sub(value, text) if "{{" in text else text


def _fits(patterns: tuple[re.Pattern[str], ...], name: str) -> bool:
    return not patterns or any(pattern.fullmatch(name) for pattern in patterns)
