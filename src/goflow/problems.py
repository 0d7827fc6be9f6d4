"""Mistakes in files: what is wrong, where, and what would be right."""

from __future__ import annotations

from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from goflow.errors import UsageError
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

FieldPath: TypeAlias = tuple[str | int, ...]
"""A place in a document: `("steps", 3, "prompt")`."""

_SHOWN_CHARS = 60


class Severity(StrEnum):
    """Whether a problem stops the run."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A place in a file.

    Lines and columns count from 1, `width` is in characters, `text` is the whole line.
    """

    file: str
    line: int
    column: int
    width: int = 1
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """A second place that explains a problem."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake; `code` is stable and explained in the documentation."""

    code: str
    message: str
    span: Span | None = None
    severity: Severity = Severity.ERROR
    help: str | None = None
    related: tuple[Related, ...] = ()


class InvalidWorkflow(UsageError):
    """The workflow, or a file it names, holds mistakes; `problems` has all of them."""

    def __init__(self, message: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(message)
        self.problems = problems
        for problem in problems:
            self.add_note(_told(problem))  # for tracebacks of those who run workflows from Python


def _told(problem: Problem) -> str:
    span = problem.span
    place = "" if span is None else f"{span.file}:{span.line}:{span.column}: "
    return f"{place}{problem.message}" + (f"\nhelp: {problem.help}" if problem.help is not None else "")


class Locator(Protocol):
    """Where the fields of a document stand; made by the loader, asked only when there is a problem."""

    def span(
        self, path: FieldPath, *, key: bool = False, text: str | None = None, occurrence: int = 0
    ) -> Span:
        """Return the place of a field's value, of its key, or of the n-th `text` as written inside the value.

        A path that does not exist answers with the nearest parent that does.
        """
        ...


def suggest(name: str, known: Iterable[str]) -> str | None:
    """Return "did you mean `x`?" for the nearest known name, if one is near."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else None


def suggest_step(name: str, steps: Iterable[str], *, listed: str = "steps") -> str:
    """Return a hint for a step that does not exist: the nearest one, else the first ten, as "steps: a, b"."""
    known = list(steps)
    return suggest(name, known) or f"{listed}: {', '.join(known[:10])}"


def count_of(number: int, thing: str, things: str = "") -> str:
    """Return a number of things for people: "1 step", "3 steps"; `things` is an unusual plural."""
    return f"{number} {thing if number == 1 else things or f'{thing}s'}"


def shown(text: str) -> str:
    """Return a text of the author's for a message: one printable line, in backticks, not too long."""
    line = " ".join(text[: 4 * _SHOWN_CHARS].split())
    if not line.isprintable():
        line = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in line)
    return f"`{line[:_SHOWN_CHARS]}…`" if len(line) > _SHOWN_CHARS else f"`{line}`"
