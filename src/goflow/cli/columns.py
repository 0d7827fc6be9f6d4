"""Texts in columns, and long ones cut to fit."""

from __future__ import annotations

from collections.abc import Sequence

from goflow.reporters.sanitize import sanitize, sanitize_line


def aligned(rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> str:
    """Return a line a row, its cells two blanks apart; the columns in `right` are aligned to the right."""
    if not rows:
        return ""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)


def cut(text: str, width: int) -> str:
    """Make a text harmless and one line of at most so many characters."""
    line = sanitize_line(text[: 8 * width])
    if len(line) <= width and len(text) <= 8 * width:
        return line
    return f"{line[: width - 1]}…"


def cut_line(line: str, width: int) -> str:
    """Make a line of a text harmless and at most so many characters, its blanks as they are."""
    text = sanitize(line[: 2 * width])
    return text if len(text) <= width else f"{text[: width - 1]}…"
