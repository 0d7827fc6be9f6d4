"""How two texts differ, line by line, in time that no text can make long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final, TypeAlias

_Step: TypeAlias = tuple[str, int, int, int, int]

CONTEXT: Final = 3
"""Equal lines that are shown around a difference."""

MOST_COMPARED: Final = 1_000_000
"""Pairs of lines that are compared; of larger texts all that lies between what they share is different."""


def difference(old: str, new: str) -> Iterator[str]:
    """Yield the lines of a unified diff, without the names of the texts; none where they are equal.

    An empty text has no line; a line break at the end of one text alone is an empty line more.
    """
    if old == new:
        return
    before, after = (text.split("\n") if text else [] for text in (old, new))
    first = _shared(before, after)
    last = _shared(before[first:][::-1], after[first:][::-1])
    head, tail = max(0, first - CONTEXT), max(0, last - CONTEXT)
    before, after = before[head : len(before) - tail], after[head : len(after) - tail]
    for hunk in _hunks(before, after, first - head, last - tail):
        yield _title(hunk, head)
        for step in hunk:
            yield from _lines(step, before, after)


def _shared(before: Sequence[str], after: Sequence[str]) -> int:
    """Return how many lines both begin with."""
    pairs = enumerate(zip(before, after, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(before), len(after)))


def _hunks(before: Sequence[str], after: Sequence[str], lead: int, trail: int) -> Iterator[Sequence[_Step]]:
    """Yield the hunks of texts of which the first `lead` and the last `trail` lines are equal."""
    if len(before) * len(after) <= MOST_COMPARED:
        yield from SequenceMatcher(None, before, after).get_grouped_opcodes(CONTEXT)
        return
    a, b = len(before), len(after)
    yield [
        ("equal", 0, lead, 0, lead),
        ("replace", lead, a - trail, lead, b - trail),
        ("equal", a - trail, a, b - trail, b),
    ]


def _title(hunk: Sequence[_Step], skipped: int) -> str:
    (_, a, _, b, _), (_, _, a_end, _, b_end) = hunk[0], hunk[-1]
    return f"@@ -{_range(a + skipped, a_end - a)} +{_range(b + skipped, b_end - b)} @@"


def _range(start: int, count: int) -> str:
    return str(start + 1) if count == 1 else f"{start + 1 if count else start},{count}"


def _lines(step: _Step, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    kind, a, a_end, b, b_end = step
    if kind == "equal":
        yield from (f" {line}" for line in before[a:a_end])
        return
    yield from (f"-{line}" for line in before[a:a_end])
    yield from (f"+{line}" for line in after[b:b_end])
