"""Whether the folder's files may have commands and functions run unasked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from goflow.api import Prepared, RunOptions, prepare, this_host
from goflow.cli.answerers import FirstOf, Piped, Terminal
from goflow.cli.line_reader import LineReader
from goflow.cli.trusting import settle_trust
from goflow.settings.trust import is_trusted

WORKFLOW = """
name: w
permissions: {allow: ["bash(make test)"], network: true}
agents: {worker: {inline: {prompt: You work., tools: [bash, "mytools:count"]}}}
steps: [{id: a, agent: worker, prompt: go}]
"""
WANTS = "allow `bash(make test)`, let commands use the network, run the Python function `mytools:count`"


MOCK = RunOptions(backend="mock")


def prepared(text: str = WORKFLOW, options: RunOptions = MOCK) -> Prepared:
    Path("w.yaml").write_text(text, encoding="utf-8")
    host = this_host(home=Path.cwd(), environ={"XDG_STATE_HOME": str(Path.cwd() / "state")})
    return prepare("w.yaml", {}, options=options, host=host)


@pytest.fixture
def says() -> Iterator[Callable[[str], FirstOf]]:
    """Return what makes an answerer with somebody who types a line at a terminal."""
    opened: list[int] = []
    shown: list[str] = []

    def answerer(line: str) -> FirstOf:
        reading, writing = os.pipe()
        opened.append(reading)
        os.write(writing, line.encode())
        os.close(writing)
        return FirstOf([Terminal(LineReader(reading), shown.append)])

    yield answerer
    for descriptor in opened:
        os.close(descriptor)


def state() -> Path:
    return Path.cwd() / "state" / "goflow"


def test_a_person_is_told_what_the_workflow_wants_and_trust_is_remembered(
    says: Callable[[str], FirstOf], capsys: pytest.CaptureFixture[str]
) -> None:
    settled = settle_trust(prepared(), says("2\n"))

    assert settled.options.trust
    assert is_trusted(Path.cwd(), state())
    again = settle_trust(prepared(), FirstOf([]))
    assert not again.options.trust  # it is looked up by the run itself
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("line", ["1\n", "yes\n", "ok\n", ""])
def test_anything_but_the_choice_that_grants_it_is_no_trust(
    says: Callable[[str], FirstOf], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settled = settle_trust(prepared(), says(line))

    assert not settled.options.trust
    assert not is_trusted(Path.cwd(), state())
    assert "this folder is not trusted" in capsys.readouterr().err


def test_without_a_person_nothing_is_asked_and_it_is_said_what_goes_without(
    capsys: pytest.CaptureFixture[str],
) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"2\n")
    settled = settle_trust(prepared(), FirstOf([Piped(LineReader(reading))]))
    os.close(writing)
    os.close(reading)

    assert not settled.options.trust
    assert capsys.readouterr().err == (
        f"note: this folder is not trusted, so its workflow cannot {WANTS}; see `--trust`\n"
    )


@pytest.mark.parametrize("options", [replace(MOCK, trust=True), replace(MOCK, allow_all_tools=True)])
def test_the_flags_settle_it(options: RunOptions, capsys: pytest.CaptureFixture[str]) -> None:
    settle_trust(prepared(options=options), FirstOf([]))

    assert capsys.readouterr().err == ""
    assert not is_trusted(Path.cwd(), state())


def test_a_workflow_that_wants_nothing_is_not_asked_about(capsys: pytest.CaptureFixture[str]) -> None:
    settle_trust(prepared("name: w\nsteps: [{id: a, prompt: go}]\n"), FirstOf([]))

    assert capsys.readouterr().err == ""
