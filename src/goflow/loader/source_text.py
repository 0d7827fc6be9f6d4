"""The text of a file, and the places in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

from goflow.problems import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from goflow.problems import Problem

_BREAK = re.compile(r"\r\n|\n|\r")
_VISIBLE = re.compile(r"\S")


class SourceText:
    """A file's text; places are counted only when one is asked for, and lines are shared between them."""

    __slots__ = ("_hidden", "_lines", "_starts", "shown", "text")

    def __init__(self, shown: str, text: str) -> None:
        self.shown = shown
        """The file's name for messages."""
        self.text = text
        self._hidden: list[tuple[int, int]] = []
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

    def hide(self, start: int, end: int) -> None:
        """Keep these characters out of the lines that are shown once `conceal` has been called."""
        self._hidden.append((start, end))

    def conceal(self, problems: Iterable[Problem]) -> list[Problem]:
        """Return problems that were found in this text, with lines that show nothing hidden."""
        if not self._hidden:
            return list(problems)
        self._split()
        return [self._concealed(problem) for problem in problems]

    def _concealed(self, problem: Problem) -> Problem:
        related = (replace(place, span=self._anew(place.span)) for place in problem.related)
        span = None if problem.span is None else self._anew(problem.span)
        return replace(problem, span=span, related=tuple(related))

    def _anew(self, span: Span) -> Span:
        return replace(span, text=self._lines[span.line - 1])

    def _split(self) -> None:
        text = "".join(self._pieces())
        ends = [match.span() for match in _BREAK.finditer(text)]
        self._starts = [0, *(after for _, after in ends)]
        stops = [*(before for before, _ in ends), len(text)]
        self._lines = [text[start:stop] for start, stop in zip(self._starts, stops, strict=True)]

    def _pieces(self) -> Iterator[str]:
        """Yield the text with asterisks in place of what is hidden: every character keeps its place."""
        done = 0
        for start, end in sorted(self._hidden):
            yield self.text[done:start]
            yield _VISIBLE.sub("*", self.text[max(done, start) : end])
            done = max(done, end)
        yield self.text[done:]
