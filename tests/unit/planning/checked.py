"""Workflows as text, checked: what tests of the rules look at."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from goflow.loader.load import load_bundle
from goflow.planning.checks import check
from goflow.problems import Problem

AGENT_FILE = "helper.agent.md"


def problems_of(
    text: str, *, agent: str | None = None, given: Mapping[str, str] | None = None
) -> tuple[Problem, ...]:
    """Return the problems of a workflow file, which may name the file of one agent."""
    Path("w.yaml").write_text(text, encoding="utf-8")
    if agent is not None:
        Path(AGENT_FILE).write_text(agent, encoding="utf-8")
    return check(load_bundle("w.yaml", cwd=Path.cwd()), given)


def told(problem: Problem) -> str:
    """Return a problem as one line: its line, the text marked there, and what is said."""
    span = problem.span
    if span is None:
        return f"{problem.severity}[{problem.code}] {problem.message}"
    marked = span.text[span.column - 1 : span.column - 1 + span.width]
    return f"{span.line} {marked} {problem.severity}[{problem.code}] {problem.message}"
