"""Problems, printed: for people, for editors, for programs, for GitHub."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from goflow.cli.frames import frame
from goflow.reporters.sanitize import sanitize, sanitize_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goflow.problems import Problem, Span
    from goflow.workflow.policy import Json

_IN_MESSAGES: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTIES: Final = _IN_MESSAGES | str.maketrans({":": "%3A", ",": "%2C"})


class ProblemFormat(StrEnum):
    """How problems are printed."""

    TEXT = "text"
    """With the lines of the file, for people."""
    CONCISE = "concise"
    """`file:line:column: severity[code]: message`, a line each, for editors."""
    JSON = "json"
    """One array, for programs; see `problem_json`."""
    GITHUB = "github"
    """Workflow commands, which GitHub shows as annotations."""


def render(problems: Sequence[Problem], format: ProblemFormat, *, has_unicode: bool = True) -> str:  # noqa: A002
    """Return problems as text that ends with a newline; the empty string for none, or `[]` in JSON."""
    match format:
        case ProblemFormat.TEXT:
            return render_text(problems, has_unicode=has_unicode)
        case ProblemFormat.CONCISE:
            return "".join(f"{_concise(problem)}\n" for problem in problems)
        case ProblemFormat.JSON:
            import json

            return json.dumps([problem_json(problem) for problem in problems], indent=2) + "\n"
        case ProblemFormat.GITHUB:
            return "".join(f"{_annotation(problem)}\n" for problem in problems)


def render_text(problems: Sequence[Problem], *, has_unicode: bool = True) -> str:
    """Return problems with the lines they are about, each followed by an empty line."""
    return "".join(
        f"{line}\n" for problem in problems for line in (*frame(problem, has_unicode=has_unicode), "")
    )


def problem_json(problem: Problem) -> dict[str, Json]:
    """Return a problem for programs.

    `code`, `severity` (`error` or `warning`), `message`, `help` (null if there is none); `file`, `line`,
    `column` and `end_column`, which count from 1 and are null for a problem without a place; `related`, a
    list of places with a `message` each. Keys may be added, never renamed.
    """
    return {
        "code": problem.code,
        "severity": problem.severity.value,
        "message": problem.message,
        "help": problem.help,
        **_place_json(problem.span),
        "related": [{"message": place.message, **_place_json(place.span)} for place in problem.related],
    }


def _place_json(span: Span | None) -> dict[str, Json]:
    if span is None:
        return {"file": None, "line": None, "column": None, "end_column": None}
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_column": span.column + span.width,
    }


def _concise(problem: Problem) -> str:
    span = problem.span
    place = "" if span is None else f"{sanitize_line(span.file)}:{span.line}:{span.column}: "
    return f"{place}{problem.severity}[{problem.code}]: {sanitize_line(problem.message)}"


def _annotation(problem: Problem) -> str:
    properties: dict[str, object] = {"title": problem.code}
    if problem.span is not None:
        span = problem.span
        properties = {
            "file": span.file,
            "line": span.line,
            "col": span.column,
            "endColumn": span.column + span.width,
            **properties,
        }
    told = ",".join(
        f"{name}={sanitize(str(value).translate(_IN_PROPERTIES))}" for name, value in properties.items()
    )
    message = problem.message if problem.help is None else f"{problem.message}\nhelp: {problem.help}"
    return f"::{problem.severity} {told}::{sanitize(message.translate(_IN_MESSAGES))}"
