from __future__ import annotations

import re
from pathlib import Path

import pytest

from goflow.cli.main import run_command

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "validate.md"
CASE = Path(__file__).parents[1] / "mistakes" / "cases" / "agent-not-defined" / "workflow.yaml"


@pytest.fixture
def guide() -> str:
    Path("review.yaml").write_bytes(CASE.read_bytes())
    return GUIDE.read_text(encoding="utf-8")


def test_the_guide_shows_what_is_printed(guide: str, capfd: pytest.CaptureFixture[str]) -> None:
    block = guide.split("```\n$ goflow validate review.yaml\n")[1].split("```", maxsplit=1)[0]

    assert run_command(["validate", "review.yaml"]) == 1
    assert capfd.readouterr().out == block


def test_the_problem_matcher_of_the_guide_reads_the_concise_format(
    guide: str, capfd: pytest.CaptureFixture[str]
) -> None:
    pattern = re.search(r'"regexp": "(.+)"', guide)
    assert pattern is not None

    run_command(["validate", "review.yaml", "--format", "concise"])
    found = re.fullmatch(pattern[1].replace("\\\\", "\\"), capfd.readouterr().out.rstrip("\n"))

    assert found is not None
    assert found.groups()[:5] == ("review.yaml", "12", "12", "error", "GF201")
