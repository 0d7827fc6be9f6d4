"""What is made for people, where stdout is a terminal."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from goflow.reporters.sanitize import UNSAFE
from tests.flows.goflow_process import GOFLOW, goflow


def shown(*arguments: str) -> str:
    """Run the command at a terminal, and return what is on it."""
    outer, inner = pty.openpty()
    process = subprocess.Popen([GOFLOW, *arguments], stdin=inner, stdout=inner, stderr=inner)
    os.close(inner)
    seen = b""
    with process:
        try:
            while chunk := os.read(outer, 4096):
                seen += chunk
        except OSError:
            """The other side is closed."""
    os.close(outer)
    assert process.returncode == 0
    return seen.decode().replace("\r\n", "\n")


def test_a_list_for_people_has_columns_and_a_header() -> None:
    Path("one.yaml").write_text("name: one\nsteps: [{id: a, prompt: b}]\n", encoding="utf-8")
    Path("two.yaml").write_text(
        'name: "tw\\e[2Jo"\ndescription: Does this and that\nsteps: [{id: a, prompt: b}]\n', encoding="utf-8"
    )

    assert shown("list") == (
        "FILE      NAME  STEPS  DESCRIPTION\none.yaml  one   1\ntwo.yaml  two   1      Does this and that\n"
    )


def test_open_questions_are_shown_to_people_with_their_choices() -> None:
    Path("ask.yaml").write_text("name: ask\nsteps: [{id: plan, prompt: b}]\n", encoding="utf-8")
    Path("mock.yaml").write_text("default: {ask: {question: Which?, choices: [a, b]}}\n", encoding="utf-8")
    assert goflow("run", "ask.yaml", "--mock=mock.yaml", "--no-interactive").code == 5

    first, rest = shown("answer", "@last").split("\n", 1)

    assert first.startswith("q-")
    assert rest == "? plan asks\n  Which?\n  1. a\n  2. b\n"


def test_a_picture_is_not_wider_than_the_terminal() -> None:
    names = [f"a-step-with-a-long-name-{n}" for n in range(4)]
    steps = "".join(
        f"  - {{id: {name}, prompt: x{f', depends_on: [{names[n - 1]}]' if n else ''}}}\n"
        for n, name in enumerate(names)
    )
    Path("long.yaml").write_text(f"name: long\nsteps:\n{steps}", encoding="utf-8")

    lines = shown("graph", "long.yaml").splitlines()

    assert max(map(len, lines)) <= 80
    assert all(any(name in line for line in lines) for name in names)


HOSTILE = "\x1b]0;PWNED\x07\x1b[31mred\x9b2J \u202etxet"


@pytest.fixture
def hostile() -> None:
    Path("hostile.yaml").write_text("name: hostile\nsteps: [{id: a, prompt: b}]\n", encoding="utf-8")
    Path("answers.yaml").write_text(json.dumps({"default": HOSTILE}), encoding="utf-8")


RUN = ("run", "hostile.yaml", "--mock=answers.yaml", "--progress", "none")


@pytest.mark.usefixtures("hostile")
def test_what_a_model_says_is_made_harmless_for_a_terminal_by_every_verb_that_prints_results() -> None:
    results = "# Workflow Results\n\n## Step: a\n\nred txet\n"

    assert shown(*RUN) == results
    assert shown("resume", "@last", "--progress", "none") == results
    assert shown("rerun", "@last", "--progress", "none") == results
    assert "red txet" in shown(*RUN, "--format", "json")
    for wanted in (("--output",), ("--step", "a"), ("--events",)):
        told = shown("show", "@last", *wanted)
        assert "red" in told
        assert UNSAFE.sub("", told) == told


@pytest.mark.usefixtures("hostile")
def test_a_pipe_and_a_file_get_what_a_model_says_byte_for_byte() -> None:
    results = f"# Workflow Results\n\n## Step: a\n\n{HOSTILE}\n"

    assert goflow(*RUN).stdout.decode() == results
    assert shown(*RUN, "-o", "results.md") == ""
    assert Path("results.md").read_text(encoding="utf-8") == results
