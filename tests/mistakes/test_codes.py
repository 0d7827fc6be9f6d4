"""The table of codes, the sources and the cases agree."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from goflow.cli.codes import MEANINGS

ROOT: Final = Path(__file__).parents[2]
CASES: Final = Path(__file__).parent / "cases"

ELSEWHERE: Final = {
    "GF001": "tests/unit/loader/test_load.py",
    "GF003": "tests/unit/cli/test_validate.py",
    "GF130": "tests/unit/loader/test_inputs.py",
    "GF131": "tests/unit/cli/test_answerers.py",
    "GF607": "tests/unit/api/test_mock_scripts.py",
    **dict.fromkeys(
        ("GF601", "GF602", "GF603", "GF604", "GF605", "GF606"), "tests/unit/backends/test_mock.py"
    ),
    **dict.fromkeys((f"GF7{number:02}" for number in range(1, 12)), "tests/unit/api/test_case_mistakes.py"),
}
"""Tests of what no case can hold: files that are not there, and what a run is given beside a workflow."""


def test_the_table_holds_every_code_that_the_sources_use_and_no_other() -> None:
    sources = (path for path in (ROOT / "src").rglob("*.py") if path.name != "codes.py")
    used = {code for path in sources for code in re.findall(r'"(GF\d{3})"', path.read_text(encoding="utf-8"))}

    assert used == set(MEANINGS)


@pytest.mark.parametrize("code", MEANINGS)
def test_every_code_of_the_table_is_provoked(code: str) -> None:
    expected = "".join(path.read_text(encoding="utf-8") for path in CASES.glob("*/expected.txt"))

    if code in ELSEWHERE:
        assert code in (ROOT / ELSEWHERE[code]).read_text(encoding="utf-8")
    else:
        assert f"[{code}]: " in expected
