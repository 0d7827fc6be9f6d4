"""Simulations of the examples, as whole processes: no model, no key, no folder."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest

from tests.flows.goflow_process import goflow, tree

EXAMPLES: Final = Path(__file__).parents[2] / "examples"
NAMES: Final = sorted(path.parent.name for path in EXAMPLES.glob("*/workflow.yaml"))
DEPLOY: Final = "examples/conditional-deploy/workflow.yaml"
INVOICE: Final = "examples/invoice-check/workflow.yaml"


@pytest.fixture(autouse=True)
def _examples_are_here() -> None:
    shutil.copytree(EXAMPLES, "examples")


def simulated(workflow: str, *flags: str, code: int = 0) -> dict[str, Any]:
    """Return what a simulation tells."""
    done = goflow("plan", workflow, "--simulate", "--format", "json", *flags)
    assert done.stderr == ""
    assert done.code == code
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def statuses(document: dict[str, Any]) -> dict[str, str]:
    return {step["step"]: step["status"] for step in document["steps"]}


def test_both_branches_of_a_deployment_are_walked_by_their_stubs() -> None:
    before = tree(Path.cwd())
    Path("passed.yaml").write_text("answers: [{step: run-tests, answer: ALL TESTS PASSED}]", encoding="utf-8")
    Path("failed.yaml").write_text("answers: [{step: run-tests, answer: '3 failed'}]", encoding="utf-8")

    passed = simulated(DEPLOY, "--stubs", "passed.yaml")
    failed = simulated(DEPLOY, "--stubs", "failed.yaml")

    assert statuses(passed) == {"run-tests": "completed", "deploy": "completed", "hold": "skipped"}
    assert statuses(failed) == {"run-tests": "completed", "deploy": "skipped", "hold": "completed"}
    assert [branch["is_taken"] for branch in passed["branches"]] == [True, False]
    assert failed["steps"][2]["prompt"] == (
        "Say what must be mended before staging can be deployed:\n3 failed"
    )
    assert sorted(tree(Path.cwd()).splitlines()) == sorted(
        [*before.splitlines(), "failed.yaml", "passed.yaml"]
    )


def test_answers_made_from_schemas_fill_the_prompts_and_decide() -> None:
    document = simulated(INVOICE)

    steps = {step["step"]: step for step in document["steps"]}
    assert json.loads(steps["check"]["answer"]) == {"decision": "pay", "difference": 0, "reasons": []}
    assert steps["check"]["answer_source"] == "schema"
    assert "Invoiced by mock output, 0 EUR:" in steps["check"]["prompt"]
    assert statuses(document)["letter"] == "skipped"


def test_a_variable_with_a_key_is_not_needed_and_not_told() -> None:
    Path("asks.yaml").write_text(
        "name: asks\n"
        "config: {provider: {type: openai, base_url: 'http://127.0.0.1:9', api_key_env: MY_KEY}}\n"
        "inputs: {note: {default: 'is it canary-key-1?'}}\n"
        "steps: [{id: only, prompt: '{{inputs.note}}'}]\n",
        encoding="utf-8",
    )

    without = goflow("plan", "asks.yaml", "--simulate")
    with_key = goflow("plan", "asks.yaml", "--simulate", environ={"MY_KEY": "canary-key-1"})

    assert (without.code, with_key.code) == (0, 0)
    assert b"canary-key-1" in without.stdout
    assert b"canary-key-1" not in with_key.stdout


def round_trip(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an example's simulation, and that with the stubs that are written down for it."""
    workflow, stubs = f"examples/{name}/workflow.yaml", f"{name}.yaml"
    written = goflow("plan", workflow, "--simulate", "--stubs-init", "-o", stubs)
    assert (written.code, written.stdout, written.stderr) == (0, b"", "")
    return simulated(workflow), simulated(workflow, "--stubs", stubs)


def test_the_stubs_of_every_example_give_the_walk_that_they_were_made_from() -> None:
    with ThreadPoolExecutor(2) as pool:
        ended = dict(zip(NAMES, pool.map(round_trip, NAMES), strict=True))

    for name, (made, written) in ended.items():
        assert {step["answer_source"] for step in written["steps"]} <= {"stubs", None}, name
        for step in (*made["steps"], *written["steps"]):
            del step["answer_source"]
        assert written == made, name
    assert not Path(".workflow-runs").exists()
