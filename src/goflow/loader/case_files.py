"""Which files are tests, and which workflow each is of."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from goflow.loader.workflow_files import find_workflows

ENDINGS: Final = (".test.yaml", ".test.yml")
_PASSED_OVER: Final = frozenset(("node_modules", "__pycache__"))


def is_test_file(path: Path) -> bool:
    """Whether a file's name says that it holds cases."""
    return path.name.endswith(ENDINGS)


def find_tests(folder: Path) -> Iterator[Path]:
    """Yield the test files below a folder, in the order of their paths; hidden folders are passed over."""
    for name, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if each[0] != "." and each not in _PASSED_OVER)
        yield from (Path(name, file) for file in sorted(files) if file.endswith(ENDINGS))


def tests_beside(workflow: Path) -> Iterator[Path]:
    """Yield the test files that stand beside a workflow, those of others too."""
    yield from sorted(each for each in workflow.parent.iterdir() if is_test_file(each) and each.is_file())


def workflow_beside(test: Path) -> Path | None:
    """Return the workflow that is called as the test file is, else the only one of the folder."""
    stem = test.name.rpartition(".test.")[0]
    for ending in (".yaml", ".yml"):
        named = test.with_name(f"{stem}{ending}")
        if named.is_file():
            return named
    found = [each for each in find_workflows(test.parent) if not is_test_file(each)]
    return found[0] if len(found) == 1 else None
