"""What was not as expected, as GitHub shows it beside the lines of the test file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from goflow.cli.render import ProblemFormat, render
from goflow.problems import Problem

if TYPE_CHECKING:
    from goflow.api.cases import CaseResult


def annotate(results: Sequence[CaseResult]) -> str:
    """Return a workflow command for each expectation that does not hold."""
    return render(list(_problems(results)), ProblemFormat.GITHUB)


def _problems(results: Sequence[CaseResult]) -> Iterator[Problem]:
    for result in results:
        for miss in result.misses:
            told = "\n".join((miss.message, *miss.lines))
            yield Problem(code=result.case.name, message=told, span=miss.at)
