"""A figure, the bound it is held to, and the table of all of them."""

from __future__ import annotations

from dataclasses import dataclass

HEAD = ("row", "what", "figure", "bound", "", "medians")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table; `figure` is None where it could not be measured, and `raw` says why."""

    row: str
    what: str
    figure: float | None
    unit: str
    raw: str
    at_most: float | None = None
    at_least: float | None = None


def verdict(figure: Figure, *, judged: bool) -> str:
    """Say whether the bound is met; a figure without a bound is there to be read."""
    if figure.figure is None:
        return "NOT MEASURED"
    if not judged or (figure.at_most is None and figure.at_least is None):
        return "-"
    over = figure.at_most is not None and figure.figure > figure.at_most
    under = figure.at_least is not None and figure.figure < figure.at_least
    return "NOT MET" if over or under else "met"


def render(figures: list[Figure], *, judged: bool) -> str:
    """Set the figures in columns; the last is as long as it is."""
    lines = [HEAD, *(_cells(figure, judged=judged) for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)][:-1]
    rule = tuple("-" * width for width in [*widths, len(HEAD[-1])])
    return "\n".join(_line(line, widths) for line in [HEAD, rule, *lines[1:]])


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells[:-1], widths, strict=True)]
    return "  ".join([*padded, cells[-1]])


def _cells(figure: Figure, *, judged: bool) -> tuple[str, ...]:
    value = "?" if figure.figure is None else f"{_digits(figure.figure)} {figure.unit}"
    return (figure.row, figure.what, value, _bound(figure), verdict(figure, judged=judged), figure.raw)


def _bound(figure: Figure) -> str:
    if figure.at_most is not None:
        return f"<= {figure.at_most:g} {figure.unit}"
    if figure.at_least is not None:
        return f">= {figure.at_least:g} {figure.unit}"
    return ""


def _digits(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"
