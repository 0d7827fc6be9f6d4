"""Questions to people: at a terminal, through a pipe, from another process."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.flows.goflow_process import goflow, going, made_equal
from tests.flows.person import PROMPT, person

WORKFLOW = """
name: ask
steps:
  - {id: plan, prompt: Which way?, interactive: true}
"""
SCRIPT = """
answers:
  - step: plan
    ask: {question: "Which way?", choices: [left, right]}
    answer: "the way is {{answer}}"
"""


@pytest.fixture(autouse=True)
def _files() -> None:
    Path("ask.yaml").write_text(WORKFLOW, encoding="utf-8")
    Path("mock.yaml").write_text(SCRIPT, encoding="utf-8")


def test_a_person_at_the_terminal_answers_with_a_number() -> None:
    with person("run", "ask.yaml", "--mock=mock.yaml", "--progress", "none") as somebody:
        somebody.wait_for(PROMPT)
        somebody.type("2\n")
        code, stdout = somebody.end()

    assert (code, stdout) == (0, b"# Workflow Results\n\n## Step: plan\n\nthe way is right\n")
    assert somebody.seen == f"? plan asks\n  Which way?\n  1. left\n  2. right\n{PROMPT}2\n"


def test_ctrl_d_at_the_terminal_means_that_nobody_can_answer() -> None:
    with person("run", "ask.yaml", "--mock=mock.yaml", "--progress", "none") as somebody:
        somebody.wait_for(PROMPT)
        somebody.type("\x04")
        code, _ = somebody.end()

    assert code == 5
    assert "stopped for an answer that nobody could give" in somebody.seen


def test_ctrl_c_at_a_question_interrupts_the_run() -> None:
    with person("run", "ask.yaml", "--mock=mock.yaml", "--progress", "none") as somebody:
        somebody.wait_for(PROMPT)
        somebody.type("\x03")
        code, _ = somebody.end()

    assert code == 130
    assert "Traceback" not in somebody.seen


def test_interactive_asks_at_the_terminal_although_stdin_is_something_else() -> None:
    arguments = ("run", "ask.yaml", "--mock=mock.yaml", "--progress", "none", "--interactive")
    with person(*arguments, stdin=subprocess.DEVNULL) as somebody:
        somebody.wait_for(PROMPT)
        somebody.type("straight on\n")
        code, stdout = somebody.end()

    assert (code, stdout) == (0, b"# Workflow Results\n\n## Step: plan\n\nthe way is straight on\n")


def test_an_answer_from_another_process_takes_the_prompt_back() -> None:
    with person("run", "ask.yaml", "--mock=mock.yaml", "--progress", "none") as somebody:
        somebody.wait_for(PROMPT)
        somebody.type("half")
        told = goflow("answer", "@last", "1")
        code, stdout = somebody.end()

    assert (told.code, told.stderr) == (0, "answered plan: left\n")
    assert (code, stdout) == (0, b"# Workflow Results\n\n## Step: plan\n\nthe way is left\n")


def test_a_pipe_that_stays_open_keeps_nobody_from_answering_elsewhere() -> None:
    with going("run", "ask.yaml", "--mock=mock.yaml", stdin=subprocess.PIPE) as run:
        run.hear("plan asks")
        told = goflow("answer", "@last", "--step", "plan", "back")
        said = run.hear("completed")
        code = run.process.wait(timeout=30)

    assert (told.code, code) == (0, 0)
    assert made_equal(said, Path.cwd()) == "completed in TIME\n"


def test_one_line_of_a_pipe_is_one_answer() -> None:
    with going("run", "ask.yaml", "--mock=mock.yaml", stdin=subprocess.PIPE) as run:
        run.hear("plan asks")
        run.stdin.write(b"1\n")
        run.stdin.flush()
        done = run.end()

    assert (done.code, done.stdout) == (0, b"# Workflow Results\n\n## Step: plan\n\nthe way is left\n")
