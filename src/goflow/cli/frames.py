"""One problem for people: what is wrong, the lines it is about, and what would be right.

error[GF201]: step `scan-auth` uses agent `reveiwer`, which is not defined
  ╭─▸ bad.yaml:14:12
 4 │ agents:
   │ ------- agents are defined here
   ┆
14 │     agent: reveiwer
   │            ^^^^^^^^
   ╰ help: did you mean `reviewer`? defined agents: reviewer, reporter
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from goflow.cli.excerpts import Excerpt, cut_out
from goflow.reporters.sanitize import sanitize_line
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from goflow.problems import Problem, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    """What frames are drawn with."""

    corner: str
    branch: str
    side: str
    gap: str
    foot: str


_DRAWN: Final = _Lines(corner="╭─▸", branch="├─▸", side="│", gap="┆", foot="╰")
_TYPED: Final = _Lines(corner="-->", branch="-->", side="|", gap=":", foot="=")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """A place to be marked; one without a message is the problem's own."""

    span: Span
    message: str | None = None


@dataclass(slots=True)
class _Row:
    """A line with the marks below it."""

    number: int
    excerpt: Excerpt
    marks: list[_Mark]


def frame(problem: Problem, *, has_unicode: bool) -> Iterator[str]:
    """Yield the lines of a problem."""
    lines = _DRAWN if has_unicode else _TYPED
    marks = _marks(problem)
    gutter = len(str(max((mark.span.line for mark in marks), default=0)))
    yield f"{problem.severity}[{problem.code}]: {_plain(problem.message, has_unicode=has_unicode)}"
    for number, group in enumerate(_by_file(marks)):
        place = group[0].span
        opening = lines.branch if number else lines.corner
        file = _plain(place.file, has_unicode=has_unicode)
        yield f"{' ' * gutter}{opening} {file}:{place.line}:{place.column}"
        yield from _drawn(_rows(group, has_unicode=has_unicode), gutter, lines, has_unicode=has_unicode)
    if problem.help is not None:
        yield f"{' ' * gutter} {lines.foot} help: {_plain(problem.help, has_unicode=has_unicode)}"


def _marks(problem: Problem) -> list[_Mark]:
    if problem.span is None:
        return []
    related = (_Mark(span=place.span, message=place.message) for place in problem.related)
    return [_Mark(span=problem.span), *related]


def _by_file(marks: Sequence[_Mark]) -> list[list[_Mark]]:
    """Return the marks file by file, each group led by the mark that was named first."""
    files: dict[str, list[_Mark]] = {}
    for mark in marks:
        files.setdefault(mark.span.file, []).append(mark)
    return list(files.values())


def _rows(marks: Sequence[_Mark], *, has_unicode: bool) -> list[_Row]:
    """Return the lines to show, in order. Marks too far apart for one excerpt get a row each."""
    rows: list[_Row] = []
    for mark in sorted(marks, key=lambda mark: mark.span.line):
        last = rows[-1] if rows else None
        if last is not None and last.number == mark.span.line and last.excerpt.shows(mark.span):
            last.marks.append(mark)
        else:
            rows.append(_Row(mark.span.line, cut_out(mark.span, has_unicode=has_unicode), [mark]))
    return rows


def _drawn(rows: Sequence[_Row], gutter: int, lines: _Lines, *, has_unicode: bool) -> Iterator[str]:
    margin = f"{' ' * gutter} {lines.side}"
    for index, row in enumerate(rows):
        if index and row.number > rows[index - 1].number + 1:
            yield f"{' ' * gutter} {lines.gap}"
        yield f"{row.number:>{gutter}} {lines.side} {row.excerpt.text}".rstrip()
        for mark in row.marks:
            column, width = row.excerpt.reach(mark.span)
            line = ("^" if mark.message is None else "-") * width
            told = "" if mark.message is None else f" {_plain(mark.message, has_unicode=has_unicode)}"
            yield f"{margin} {' ' * column}{line}{told}"


def _plain(text: str, *, has_unicode: bool) -> str:
    line = sanitize_line(text)
    return line if has_unicode else line.replace("…", "...").encode("ascii", "replace").decode()
