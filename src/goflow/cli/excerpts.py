"""A line of a file as a terminal shows it: harmless, not too long, and with its columns known."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final
from unicodedata import category, east_asian_width

from goflow.reporters.sanitize import UNSAFE
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.problems import Span

_LONGEST: Final = 100
_BEFORE: Final = 40
_TAB: Final = "    "
_INVISIBLE: Final = frozenset(("Mn", "Me", "Cf"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """The part of a line around a place; `begin` and `end` are the characters of the line it shows."""

    text: str
    begin: int
    end: int
    columns: tuple[int, ...]
    """Where the shown characters begin on the screen, then where the last one ends."""

    def shows(self, span: Span) -> bool:
        """Say whether a place of the same line begins in it."""
        return self.begin <= span.column - 1 < self.end

    def reach(self, span: Span) -> tuple[int, int]:
        """Return the column of a place on the screen, and how wide its mark is: one column at least."""
        first = span.column - 1 - self.begin
        last = min(first + span.width, len(self.columns) - 1)
        start = self.columns[first]
        return start, max(1, self.columns[last] - start)


def cut_out(span: Span, *, has_unicode: bool) -> Excerpt:
    """Return the line of a place: the whole of it, or as much as fits around the place."""
    begin, end = _window(len(span.text), span.column - 1)
    cells = _cells(span.text[begin:end], has_unicode=has_unicode)
    ellipsis = "…" if has_unicode else "..."
    before = ellipsis if begin else ""
    after = ellipsis if end < len(span.text) else ""
    columns = tuple(accumulate(map(_width, cells), initial=len(before)))
    return Excerpt(text=before + "".join(cells) + after, begin=begin, end=end, columns=columns)


def _window(length: int, place: int) -> tuple[int, int]:
    if length <= _LONGEST:
        return 0, length
    begin = max(0, min(place - _BEFORE, length - _LONGEST))
    return begin, begin + _LONGEST


def _cells(text: str, *, has_unicode: bool) -> list[str]:
    """Return what is shown for each character; nothing for those of an escape sequence."""
    cells = [_cell(character, has_unicode=has_unicode) for character in text]
    for unsafe in UNSAFE.finditer(text):
        cells[unsafe.start() : unsafe.end()] = [""] * len(unsafe[0])
    return cells


def _cell(character: str, *, has_unicode: bool) -> str:
    if character == "\t":
        return _TAB
    if character.isascii():
        return character
    if has_unicode and not "\ud800" <= character <= "\udfff":
        return character
    return "?" * _width(character)


def _width(cell: str) -> int:
    if cell.isascii():
        return len(cell)
    return 0 if category(cell) in _INVISIBLE else 2 if east_asian_width(cell) in "WF" else 1
