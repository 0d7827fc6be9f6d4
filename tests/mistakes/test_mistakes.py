"""Each folder in `cases` holds a workflow with mistakes, and in `expected.txt` what `goflow validate` says.

`WRITE_MISTAKES=1 pytest tests/mistakes` writes what is said now: read the difference before you keep it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest

from goflow.cli.render import ProblemFormat
from goflow.cli.validate import check_files, told

CASES: Final = Path(__file__).parent / "cases"


def find_cases() -> list[str]:
    return sorted(path.parent.name for path in CASES.glob("*/workflow.yaml"))


@pytest.mark.parametrize("name", find_cases())
def test_a_mistake_is_told_as_it_is_written(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / name)

    said = told(check_files(["workflow.yaml"]), ProblemFormat.TEXT)

    expected = CASES / name / "expected.txt"
    if os.environ.get("WRITE_MISTAKES"):
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")
