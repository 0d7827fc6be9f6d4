"""One check of a text: what there is to say against it, in a line, and what shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeAlias, assert_never

from goflow.problems import shown
from goflow.projections.text_difference import difference
from goflow.workflow.case import Contains, Equals, Foreign, Lacks, Matches, Passes, Satisfies, TextCheck

MOST_LINES: Final = 40
MOST_CHARS: Final = 400
"""How long a line that is shown may be."""

Complaint: TypeAlias = tuple[str, Sequence[str]]
"""What is wrong in a line, and lines that show it."""

Judge: TypeAlias = Callable[[Foreign, str], str | None]
"""Returns what a schema or a function has to say against a text."""


def complaint_about(check: TextCheck, seen: str, judge: Judge) -> Complaint | None:
    """Return what is wrong with a text, or None where it is as it should be."""
    match check:
        case Equals(text=text):
            wanted, found = text.strip(), seen.strip()
            return None if wanted == found else ("it differs", _difference(wanted, found))
        case Contains(text=text):
            return None if text in seen else (f"it does not contain {shown(text)}", excerpt(seen))
        case Lacks(text=text):
            return (f"it contains {shown(text)}", _around(seen, text)) if text in seen else None
        case Matches(pattern=pattern):
            told = f"it does not match {shown(pattern.pattern)}"
            return None if pattern.search(seen) else (told, excerpt(seen))
        case Satisfies():
            return _foreign("it does not satisfy the schema", judge(check, seen), seen)
        case Passes(function=function):
            return _foreign(f"`{function}` does not accept it", judge(check, seen), seen)
        case _ as unreachable:
            assert_never(unreachable)


def _foreign(told: str, complaint: str | None, seen: str) -> Complaint | None:
    return None if complaint is None else (told, [*_bounded(complaint.splitlines()), *excerpt(seen)])


def _difference(wanted: str, found: str) -> list[str]:
    return ["--- expected", "+++ seen", *_bounded(difference(wanted, found))]


def excerpt(text: str) -> list[str]:
    """Return the first lines of a text, marked as what was seen."""
    return (
        ["seen:", *(f"| {line}" for line in _bounded(text.splitlines()))]
        if text.strip()
        else ["seen: nothing"]
    )


def _around(text: str, part: str) -> list[str]:
    """Return the line in which a part of a text begins."""
    start = text.index(part)
    line = text[text.rfind("\n", 0, start) + 1 :].partition("\n")[0]
    return [f"at line {text.count(chr(10), 0, start) + 1}:", *(f"| {each}" for each in _bounded([line]))]


def _bounded(lines: Sequence[str] | Iterator[str]) -> Iterator[str]:
    """Yield as many lines as can be borne, each cut to fit."""
    left = iter(lines)
    for line in islice(left, MOST_LINES):
        yield line if len(line) <= MOST_CHARS else f"{line[:MOST_CHARS]}…"
    if next(left, None) is not None:
        yield "…"
