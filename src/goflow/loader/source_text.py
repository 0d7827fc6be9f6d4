"""The text of a file, and the places in it."""

from __future__ import annotations

import re
from bisect import bisect_right

from goflow.problems import Span

_BREAK = re.compile(r"\r\n|\n|\r")


class SourceText:
    """A file's text; places are counted only when one is asked for, and lines are shared between them."""

    __slots__ = ("_lines", "_starts", "shown", "text")

    def __init__(self, shown: str, text: str) -> None:
        self.shown = shown
        """The file's name for messages."""
        self.text = text
        self._starts: list[int] = []
        self._lines: list[str] = []

    def span(self, start: int, end: int | None = None) -> Span:
        """Return the place of the characters from `start` to `end`, as far as they stand on one line."""
        if not self._lines:
            self._split()
        line = bisect_right(self._starts, start) - 1
        text = self._lines[line]
        column = min(start - self._starts[line], len(text))
        last = column + 1 if end is None else min(column + end - start, len(text.rstrip()))
        return Span(file=self.shown, line=line + 1, column=column + 1, width=max(1, last - column), text=text)

    def _split(self) -> None:
        ends = [match.span() for match in _BREAK.finditer(self.text)]
        self._starts = [0, *(after for _, after in ends)]
        stops = [*(before for before, _ in ends), len(self.text)]
        self._lines = [self.text[start:stop] for start, stop in zip(self._starts, stops, strict=True)]
