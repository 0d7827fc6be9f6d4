"""The test files that paths mean: files, folders, and workflows whose tests stand beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from goflow.api.cases.opening import OpenFile, open_case_file
from goflow.errors import UsageError
from goflow.loader.case_files import find_tests, is_test_file, tests_beside
from goflow.problems import shown


def find_case_files(named: Sequence[str]) -> list[OpenFile]:
    """Open the test files that are meant, each once; no name means the current folder.

    Raises `UsageError` for a path that does not exist, or that has no tests.
    """
    found = {file.path: file for name in named or ["."] for file in _named(name)}
    return list(found.values())


def _named(name: str) -> Iterator[OpenFile]:
    path = Path(name)
    if not path.exists():
        raise UsageError(f"{shown(name)} does not exist")
    files = list(_of_folder(path) if path.is_dir() else _of_file(path))
    if not files:
        told = "cases stand in files that are called `NAME.test.yaml`"
        what = f"no tests in {shown(name)}" if path.is_dir() else f"no tests of {shown(name)} beside it"
        raise UsageError(what, help=told)
    yield from files


def _of_folder(folder: Path) -> Iterator[OpenFile]:
    return map(open_case_file, find_tests(folder))


def _of_file(path: Path) -> Iterator[OpenFile]:
    if is_test_file(path):
        yield open_case_file(path)
        return
    for file in map(open_case_file, tests_beside(path)):
        if file.workflow is not None and file.workflow.resolve() == path.resolve():
            yield file
