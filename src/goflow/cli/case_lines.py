"""Cases as people read of them: a line each, and below it what was not as expected, and where that stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from goflow.projections.quantities import format_time
from goflow.reporters.sanitize import sanitize, sanitize_line

if TYPE_CHECKING:
    from goflow.api.cases import CaseResult


def case_lines(file: str, result: CaseResult, *, is_verbose: bool = False) -> str:
    """Return what is said of one case."""
    word = "FAILED" if result.misses else "ok    "
    lines = [
        f"{word} {sanitize_line(f'{file}: {result.case.name}')}",
        *(f"  {line}" for line in _missed(result)),
        *(f"  {line}" for line in _told(result) if is_verbose or (result.misses and result.case.met)),
    ]
    return "".join(f"{line}\n" for line in lines)


def _missed(result: CaseResult) -> Iterator[str]:
    for miss in result.misses:
        place = f"{miss.at.file}:{miss.at.line}:{miss.at.column}"
        yield f"{sanitize_line(place)}: {sanitize_line(miss.message)}"
        yield from (f"  {sanitize(line.expandtabs(4))}" for line in miss.lines)


def _told(result: CaseResult) -> Iterator[str]:
    """Yield how each step ended, and the faults that were met."""
    for step in result.run.view.steps.values():
        tries = len(step.attempts)
        attempts = f" after {tries} attempts" if tries > 1 else ""
        yield f"{sanitize_line(step.id)} {step.status}{attempts}"
    for each in result.case.met:
        met = f"met `{each.fault}` (seed {result.case.seed})"
        yield f"{sanitize_line(each.step)} attempt {each.attempt} {met}"


def sum_line(results: Sequence[CaseResult], left: int, *, seconds: float) -> str:
    """Return the last line; `left` cases were not run."""
    failed = sum(bool(result.misses) for result in results)
    rest = f", {left} not run" if left else ""
    return f"{len(results) - failed} passed, {failed} failed{rest} in {format_time(round(1000 * seconds))}\n"
