"""Going on with a run whose files have changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.flows.goflow_process import goflow, made_equal

WORKFLOW = """
name: two
steps:
  - {id: first, prompt: one}
  - {id: second, prompt: "two, after {{steps.first.output}}", depends_on: [first]}
"""
FAILING = "answers: [{step: second, fail: rejected, message: no}]\ndefault: the first time\n"


@pytest.fixture(autouse=True)
def _a_failed_run() -> None:
    Path("two.yaml").write_text(WORKFLOW, encoding="utf-8")
    Path("failing.yaml").write_text(FAILING, encoding="utf-8")
    Path("echo.yaml").write_text('default: "{{prompt}}"\n', encoding="utf-8")
    assert goflow("run", "two.yaml", "--mock=failing.yaml").code == 1


def test_changed_files_are_named_and_nothing_runs() -> None:
    Path("two.yaml").write_text(WORKFLOW.replace("two, after", "2, after"), encoding="utf-8")

    done = goflow("resume", "@last", "--mock=echo.yaml")

    assert (done.code, done.stdout) == (2, b"")
    assert made_equal(done.stderr, Path.cwd()) == (
        "error: the files of run r-RUN have changed since: `$WORK/two.yaml` is different\n"
        "help: `--allow-changed` goes on with the files as they are; what says the same keeps its output\n"
    )


def test_a_run_goes_on_with_changed_files_if_that_is_allowed() -> None:
    Path("two.yaml").write_text(WORKFLOW.replace("two, after", "2, after"), encoding="utf-8")

    done = goflow("resume", "@last", "--mock=echo.yaml", "--allow-changed", "--progress", "none")

    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.decode() == (
        "# Workflow Results\n\n## Step: first\n\nthe first time\n"
        "\n## Step: second\n\n2, after the first time\n"
    )


def test_a_run_is_found_from_another_folder_by_its_own() -> None:
    [folder] = Path(".workflow-runs").iterdir()
    Path("elsewhere").mkdir()

    done = goflow(
        "resume",
        str(folder.absolute()),
        "--mock=../echo.yaml",
        "--progress",
        "none",
        cwd=Path("elsewhere"),
    )

    assert done.code == 0
    assert done.stdout.decode().endswith("two, after the first time\n")


def test_a_workflow_that_is_gone_is_put_back_or_run_anew_from_what_was_kept() -> None:
    Path("two.yaml").unlink()

    done = goflow("resume", "@last", "--mock=echo.yaml")
    again = goflow("rerun", "@last", "--mock=echo.yaml", "--progress", "none", "--format", "plain")

    assert done.code == 2
    assert made_equal(done.stderr, Path.cwd()) == (
        "error: the files of run r-RUN have changed since: `$WORK/two.yaml` is gone\n"
        "help: put it back, or start a new run from what was kept: `goflow rerun r-RUN`\n"
    )
    assert (again.code, again.stdout) == (0, b"=== first ===\n\none\n\n=== second ===\n\ntwo, after one\n")


def test_a_pipe_in_the_place_of_a_file_of_the_run_is_replaced() -> None:
    (meta,) = Path(".workflow-runs").glob("*/workflow.meta.json")
    meta.unlink()
    os.mkfifo(meta)

    done = goflow("resume", "@last", "--mock=echo.yaml")

    assert done.code == 0, done.stderr
    assert meta.is_file()


def test_another_value_of_an_input_is_refused_and_the_same_one_is_not() -> None:
    declared = "inputs: {word: {default: one}}\n" + WORKFLOW.replace(
        "prompt: one", 'prompt: "{{inputs.word}}"'
    )
    Path("words.yaml").write_text(declared, encoding="utf-8")
    goflow("run", "words.yaml", "--mock=echo.yaml")

    same = goflow("resume", "@last", "-i", "word=one", "--progress", "none")
    other = goflow("resume", "@last", "-i", "word=other")
    unknown = goflow("resume", "@last", "-i", "words=one")

    assert (same.code, same.stderr) == (0, "")
    assert (other.code, unknown.code) == (2, 2)
    assert made_equal(other.stderr, Path.cwd()) == (
        "error: a run keeps the inputs that it began with: `word` cannot be given now\n"
        "help: start a new run with it: `goflow rerun r-RUN --inputs NAME=VALUE`\n"
    )
