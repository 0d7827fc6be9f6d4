"""Each folder in `cases` holds a workflow with mistakes, and what must be said of them in `expected.txt`.

`WRITE_MISTAKES=1 pytest tests/mistakes` writes what is said now: read the difference before you keep it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from goflow.loader.load import load_bundle
from goflow.planning.checks import check
from goflow.problems import Problem, Span

CASES: Final = Path(__file__).parent / "cases"


def find_cases() -> list[str]:
    return sorted(path.parent.name for path in CASES.glob("*/workflow.yaml"))


@pytest.mark.parametrize("name", find_cases())
def test_a_mistake_is_told_as_it_is_written(name: str) -> None:
    case = CASES / name

    said = "".join(line + "\n" for problem in problems_of(case) for line in lines(problem))

    expected = case / "expected.txt"
    if os.environ.get("WRITE_MISTAKES"):
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")


def problems_of(case: Path) -> tuple[Problem, ...]:
    return check(load_bundle("workflow.yaml", cwd=case, home=None))


def lines(problem: Problem) -> Iterator[str]:
    yield f"{_place(problem.span)}{problem.severity}[{problem.code}] {problem.message}"
    for related in problem.related:
        yield f"  {_place(related.span)}{related.message}"
    if problem.help:
        yield f"  help: {problem.help}"


def _place(span: Span | None) -> str:
    return "" if span is None else f"{span.file}:{span.line}:{span.column}-{span.column + span.width - 1}: "
