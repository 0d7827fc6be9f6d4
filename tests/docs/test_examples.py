"""Each folder in `examples` has a workflow, its agents, scripted answers, and what the run prints."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

import goflow
from goflow.cli.main import run_command
from tests.flows.goflow_process import Done, goflow as goflow_process

EXAMPLES: Final = Path(__file__).parents[2] / "examples"
NAMES: Final = sorted(path.parent.name for path in EXAMPLES.glob("*/workflow.yaml"))
WITH_A_FAILED_STEP: Final = {"failure-and-retry": 3}


def run_example(name: str) -> Done:
    workflow, script = EXAMPLES / name / "workflow.yaml", EXAMPLES / name / "mock.yaml"
    return goflow_process("run", str(workflow), f"--mock={script}")


def test_every_example_prints_exactly_what_stands_beside_it() -> None:
    with ThreadPoolExecutor() as pool:  # they wait for scripted delays more than they compute
        ended = dict(zip(NAMES, pool.map(run_example, NAMES), strict=True))

    printed = {name: done.stdout.decode() for name, done in ended.items()}
    assert printed == {name: (EXAMPLES / name / "expected.md").read_text(encoding="utf-8") for name in NAMES}
    assert {name: done.code for name, done in ended.items()} == dict.fromkeys(NAMES, 0) | WITH_A_FAILED_STEP


@pytest.mark.parametrize("name", NAMES)
def test_an_example_has_no_problem_and_not_even_a_warning(name: str) -> None:
    assert goflow.check(EXAMPLES / name / "workflow.yaml") == ()


@pytest.mark.parametrize("form", ["ascii", "mermaid", "dot"])
@pytest.mark.parametrize("name", NAMES)
def test_an_example_can_be_drawn_with_all_its_steps(
    name: str, form: str, capfd: pytest.CaptureFixture[str]
) -> None:
    workflow = EXAMPLES / name / "workflow.yaml"

    assert run_command(["graph", str(workflow), "--format", form]) == 0
    drawn = capfd.readouterr().out
    assert [step.id for step in goflow.load(workflow).workflow.steps if step.id not in drawn] == []


def test_the_page_of_examples_tells_of_each_of_them() -> None:
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    told = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]

    assert sorted(told) == NAMES
