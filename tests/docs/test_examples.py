"""Each folder in `examples` has a workflow, its agents, scripted answers, and what the run prints."""

from __future__ import annotations

import json
import shutil
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


@pytest.fixture
def _examples_are_here() -> None:
    """Put the examples into the current folder: their agents' tools look below it."""
    shutil.copytree(EXAMPLES, "examples")


def run_example(name: str) -> Done:
    folder = f"examples/{name}"
    answers = ("--answers", f"{folder}/answers.yaml") if Path(folder, "answers.yaml").exists() else ()
    return goflow_process("run", f"{folder}/workflow.yaml", f"--mock={folder}/mock.yaml", *answers)


@pytest.mark.usefixtures("_examples_are_here")
def test_every_example_prints_exactly_what_stands_beside_it() -> None:
    with ThreadPoolExecutor() as pool:  # they wait for scripted delays more than they compute
        ended = dict(zip(NAMES, pool.map(run_example, NAMES), strict=True))

    printed = {name: done.stdout.decode() for name, done in ended.items()}
    assert printed == {name: (EXAMPLES / name / "expected.md").read_text(encoding="utf-8") for name in NAMES}
    assert {name: done.code for name, done in ended.items()} == dict.fromkeys(NAMES, 0) | WITH_A_FAILED_STEP
    assert failed_calls() == []


def failed_calls() -> list[str]:
    """Return what tools said that did not do what a script wanted of them."""
    journals = [path.read_text(encoding="utf-8") for path in Path(".workflow-runs").glob("*/events.jsonl")]
    events = [json.loads(line) for journal in journals for line in journal.splitlines()]
    return [event["result"] for event in events if event.get("is_error")]


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
