from __future__ import annotations

import sys
from pathlib import Path

import pytest

from goflow.cli.main import run_command
from goflow.cli.verbs import VERBS

ONE = "name: one\nsteps:\n  - {id: only, prompt: Say something}\n"


@pytest.fixture(autouse=True)
def _workflow() -> None:
    Path("one.yaml").write_text(ONE, encoding="utf-8")


REFUSED = [
    ("nothing", "unknown verb `nothing`", f"verbs: {', '.join(VERBS)}"),
    ("shwo @last", "unknown verb `shwo`", None),
    ("one.yaml", "unknown verb `one.yaml`", "`goflow run one.yaml` runs the file"),
    ("--versoin", "unknown flag `--versoin`", "did you mean `--version`?"),
    ("help nothing", "unknown verb `nothing`", f"verbs: {', '.join(VERBS)}"),
    ("help run more", "unexpected argument `more`", "usage: goflow help [VERB] [FLAGS]"),
    ("run one.yaml -w one.yaml", "`one.yaml` and `one.yaml` both name a workflow", "name one"),
    ("run one.yaml two.yaml", "unexpected argument `two.yaml`", "usage: goflow run [FILE] [FLAGS]"),
    ("run one.yaml --verbose=yes", "`--verbose` is `true` or `false`, not `yes`", None),
    ("run one.yaml -m", "`--model` needs a value", None),
    ("run one.yaml --mock=", "`--mock=` names no file", "write `--mock` or `--mock=FILE`"),
    ("run one.yaml --mock --cli", "`--mock` and `--cli` both say who answers", "leave one out"),
    ("run one.yaml --progress live", "`--progress` does not know `live`", "one of `plain`, `none`"),
    ("run one.yaml --fail-on nver", "`--fail-on` does not know `nver`", "did you mean `never`?"),
    ("run one.yaml --format jsn", "`--format` does not know `jsn`", "did you mean `json`?"),
    ("run one.yaml -j -1", "`--max-concurrency` takes a whole number, 0 or more, not `-1`", None),
    ("run one.yaml -j ²", "`--max-concurrency` takes a whole number, 0 or more, not `²`", None),
    (
        "run one.yaml --timeout soon",
        "`--timeout`: `soon` is not a duration",
        "write a number and a unit, as in `300ms`, `90s`, `1.5h` or `1h30m`; `0` means none",
    ),
    (
        "run one.yaml --mock -i topic",
        "`topic` gives no value to an input",
        "write `--inputs NAME=VALUE`, or `--inputs NAME=@FILE`",
    ),
    (
        "run one.yaml --mock --input-file no",
        "the input file `no` does not exist",
        "it is relative to the current folder",
    ),
    ("run one.yaml --mock --answers no", "the answers file `no` does not exist", None),
    ("run one.yaml --mock -o .", "cannot write `.`: it is a folder", None),
    ("run one.yaml --mock -o no/out", "cannot write `no/out`: the folder `no` does not exist", None),
    ("resume", "no run is named", "goflow resume RUN; `@last` is the newest"),
    (
        "resume r-1 -i token",
        "`token` gives no value to an input",
        "write `--inputs NAME=VALUE`, or `--inputs NAME=@FILE`",
    ),
    (
        "run one.yaml --mock script.yaml",
        "unexpected argument `script.yaml`",
        "the FILE of `--mock` stands after `=`: `--mock=script.yaml`",
    ),
    ("run one.yaml -v two.yaml", "unexpected argument `two.yaml`", "usage: goflow run [FILE] [FLAGS]"),
    (
        "run one.yaml two.yaml --mock -v",
        "unexpected argument `two.yaml`",
        "usage: goflow run [FILE] [FLAGS]",
    ),
    ("cancel", "no run is named", "goflow cancel RUN; `@last` is the newest"),
    ("answer", "no run is named", "goflow answer RUN [TEXT]; `@last` is the newest"),
    ("graph", "no workflow is named", "goflow graph FILE; `goflow list` shows what is here"),
    ("graph one.yaml -f svg", "`--format` does not know `svg`", "one of `ascii`, `mermaid`, `dot`"),
    ("list missing", "`missing` does not exist", None),
    ("list -w missing", "`missing` does not exist", None),
    ("init one.yaml", "cannot write `one.yaml`: file exists", None),
    (
        f"run one.yaml -j {'9' * 5000}",
        f"`--max-concurrency` takes a whole number, 0 or more, not `{'9' * 60}…`",
        None,
    ),
    ("list \udcff", "`\\udcff` does not exist", None),
    ("\x1b[2J", "unknown verb `\\u001b[2J`", f"verbs: {', '.join(VERBS)}"),
]


@pytest.mark.parametrize(
    ("line", "message", "hint"), REFUSED, ids=[ascii(line[:40]) for line, _, _ in REFUSED]
)
def test_what_cannot_be_done_is_refused_with_what_would_be_right(
    line: str, message: str, hint: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run_command(line.split())

    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
    if hint is None:
        assert said.err.startswith(f"error: {message}\n")
    else:
        assert said.err == f"error: {message}\nhelp: {hint}\n"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_both_ways(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([verb, "--help"]) == 0
    asked = capsys.readouterr().out
    assert run_command(["help", verb]) == 0

    assert capsys.readouterr().out == asked
    assert asked.startswith(f"Usage: goflow {verb} ")


def test_without_a_verb_the_verbs_are_listed_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    code = run_command([])

    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
    assert all(f"  {verb} " in said.err for verb in VERBS)


def test_a_switch_can_be_taken_back(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["run", "one.yaml", "-v", "--mock", "--verbose=false", "--no-json", "--progress", "none"]

    assert run_command(arguments) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use cannot be removed there")
@pytest.mark.parametrize("line", ["validate", "run one.yaml --mock", "runs", "doctor"])
def test_a_current_folder_that_is_gone_is_no_defect_of_ours(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("gone").mkdir()
    monkeypatch.chdir("gone")
    Path("../gone").rmdir()

    code = run_command(line.split())

    assert (code, capsys.readouterr().err) == (
        2,
        "error: there is no current folder: no such file or directory\nhelp: `cd` to one that is there\n",
    )
    assert run_command(["--help"]) == 0
