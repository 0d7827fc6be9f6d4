from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from goflow.cli.main import run_command

GOOD = "name: good\nsteps:\n  - {id: a, prompt: x}\n"
BAD = "name: bad\nsteps:\n  - {id: a, prompt: x, agent: nobody}\n"
WARNED = "name: warned\nsteps:\n  - {id: a, prompt: '{{item}}'}\n"


@pytest.fixture(autouse=True)
def _files() -> None:
    for name, text in (("good", GOOD), ("bad", BAD), ("warned", WARNED)):
        Path(f"{name}.yaml").write_text(text, encoding="utf-8")
    Path("other.yaml").write_text("services: {}\n", encoding="utf-8")


def test_a_sound_file_gets_one_quiet_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["validate", "good.yaml"]) == 0
    assert capfd.readouterr() == ("✓ good.yaml\n", "")


def test_mistakes_are_shown_then_counted(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["validate", "bad.yaml"]) == 1
    out, err = capfd.readouterr()

    assert err == ""
    assert out.splitlines() == [
        "error[GF201]: step `a` uses agent `nobody`, which is not defined",
        " ╭─▸ bad.yaml:3:31",
        "3 │   - {id: a, prompt: x, agent: nobody}",
        "  │                               ^^^^^^",
        "  ╰ help: no agent is defined or found",
        "",
        "✗ bad.yaml: 1 error",
    ]


def test_warnings_are_no_mistakes_unless_asked_for(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["validate", "warned.yaml"]) == 0
    assert capfd.readouterr().out.endswith("\n\n✓ warned.yaml: 1 warning\n")

    assert run_command(["validate", "warned.yaml", "--strict"]) == 1
    assert capfd.readouterr().out.endswith("\n\n✗ warned.yaml: 1 error\n")


@pytest.mark.parametrize("arguments", [[], ["."]])
def test_a_folder_means_its_workflows(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["validate", *arguments, "--format", "concise"]) == 1
    assert [line.partition(" ")[0] for line in capfd.readouterr().out.splitlines()] == [
        "bad.yaml:3:31:",
        "warned.yaml:3:22:",
    ]


def test_files_are_told_in_order_with_air_before_problems(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["validate", "good.yaml", "bad.yaml", "-w", "good.yaml"]) == 1
    told = capfd.readouterr().out

    assert told.startswith("✓ good.yaml\n\nerror[GF201]")
    assert told.endswith("\n\n✗ bad.yaml: 1 error\n")


def test_what_two_workflows_share_is_told_once(capfd: pytest.CaptureFixture[str]) -> None:
    Path(".claude/agents").mkdir(parents=True)
    Path(".claude/agents/broken.md").write_text("---\nname: [\n---\n", encoding="utf-8")

    assert run_command(["validate", "good.yaml", "bad.yaml"]) == 1
    told = capfd.readouterr().out

    assert told.count("warning[GF122]") == 1
    assert "✓ good.yaml: 1 warning\n" in told
    assert told.endswith("✗ bad.yaml: 1 error, 1 warning\n")


def test_json_is_one_array_of_all_files(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["validate", "--format=json"]) == 1
    assert [problem["code"] for problem in json.loads(capfd.readouterr().out)] == ["GF201", "GF305"]


def test_a_path_that_does_not_exist_is_told_among_the_others(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["validate", "gone.yaml", "good.yaml"]) == 2
    assert capfd.readouterr() == (
        "error[GF001]: `gone.yaml` does not exist\n\n✗ gone.yaml: 1 error\n✓ good.yaml\n",
        "",
    )


def test_programs_find_a_file_that_is_not_there_by_its_name(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["validate", "bad.yaml", "gone.yaml", "--format", "json"]) == 2
    found = json.loads(capfd.readouterr().out)
    assert [(each["code"], each["file"], each["line"]) for each in found] == [
        ("GF201", "bad.yaml", 3),
        ("GF001", "gone.yaml", 1),
    ]

    assert run_command(["validate", "gone.yaml", "--format", "concise"]) == 2
    assert capfd.readouterr().out == "gone.yaml:1:1: error[GF001]: `gone.yaml` does not exist\n"


def test_a_folder_without_workflows_is_told_among_the_others(capfd: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()

    assert run_command(["validate", "empty", "good.yaml"]) == 2
    assert capfd.readouterr().out == (
        "error[GF003]: no workflows in `empty`\n  ╰ help: a workflow is a YAML file with `steps:`\n\n"
        "✗ empty: 1 error\n✓ good.yaml\n"
    )


def test_a_format_that_is_unknown_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["validate", "good.yaml", "--format", "sarif"]) == 2
    assert "`--format` does not know `sarif`" in capfd.readouterr().err


def test_where_stdout_is_not_unicode_ascii_is_written() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "goflow", "validate", "good.yaml", "bad.yaml"],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )

    assert (done.returncode, done.stderr) == (1, b"")
    assert done.stdout.isascii()
    assert done.stdout.startswith(b"ok good.yaml\n")
    assert done.stdout.endswith(b"x bad.yaml: 1 error\n")
