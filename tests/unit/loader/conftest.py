from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from goflow.loader.load import load_bundle
from goflow.problems import Problem
from goflow.workflow import Bundle


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Mapping[str, str | bytes]], None]:
    """Write files below the test's folder."""

    def write_files(files: Mapping[str, str | bytes]) -> None:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return write_files


@pytest.fixture
def load_from(tmp_path: Path) -> Callable[[str], Bundle]:
    """Load a workflow of the test's folder from there."""
    return lambda path: load_bundle(path, cwd=tmp_path, home=tmp_path / "home")


@pytest.fixture
def load(
    write: Callable[[Mapping[str, str | bytes]], None], load_from: Callable[[str], Bundle]
) -> Callable[..., Bundle]:
    """Write `workflow.yaml`, and other files beside it, and load it."""

    def load_files(workflow: str | bytes, files: Mapping[str, str | bytes] | None = None) -> Bundle:
        write({"workflow.yaml": workflow, **(files or {})})
        return load_from("workflow.yaml")

    return load_files


@pytest.fixture
def told() -> Callable[[Bundle], list[str]]:
    """Return a bundle's problems in one line each."""

    def lines(bundle: Bundle) -> list[str]:
        return [_line(problem) for problem in bundle.problems]

    return lines


def _line(problem: Problem) -> str:
    span = problem.span
    place = "" if span is None else f"{span.file}:{span.line}:{span.column}: "
    return f"{place}{problem.severity}[{problem.code}] {problem.message}"
