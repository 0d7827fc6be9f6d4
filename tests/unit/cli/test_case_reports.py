"""What is printed of cases: for people, for GitHub, as JUnit XML; with names and texts that are hostile."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from goflow.cli.main import run_command

HOSTILE = '\\x1b[31mred\\u0007\\ufffe ]]> <b> & \\" %0A\\n::error::x'
WORKFLOW = "name: one\nsteps: [{id: only, prompt: Say}]\n"
CASES = f"""cases:
  - name: fine
    expect: {{status: completed}}
  - name: "{HOSTILE}"
    stubs: {{only: "{HOSTILE}"}}
    expect: {{steps: {{only: {{output: "{HOSTILE} not"}}}}}}
"""


@pytest.fixture(autouse=True)
def _files() -> None:
    Path("one.yaml").write_text(WORKFLOW, encoding="utf-8")
    Path("one.test.yaml").write_text(CASES, encoding="utf-8")


def test_text_tells_of_each_case_and_is_harmless(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["test"]) == 1
    out, err = capfd.readouterr()

    assert err == ""
    assert "\x1b" not in out
    assert "\x07" not in out
    lines = out.splitlines()
    assert lines[0] == "ok     one.test.yaml: fine"
    assert lines[1].startswith("FAILED one.test.yaml: red")
    assert lines[2] == "  one.test.yaml:6:37: the output of step `only`: it differs"
    assert lines[-1].startswith("1 passed, 1 failed in ")


def test_junit_is_xml_that_holds_everything(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["test", "--format", "junit"]) == 1
    out, err = capfd.readouterr()
    root = ET.fromstring(out)
    [suite] = root
    fine, hostile = suite

    assert root.tag == "testsuites"
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("one.test.yaml", "2", "1")
    assert (fine.get("name"), fine.get("line"), len(fine)) == ("fine", "2", 0)
    assert hostile.get("name") == 'red\ufffd ]]> <b> & " %0A\n::error::x'
    [failure] = hostile
    assert failure.get("message") == "the output of step `only`: it differs"
    assert "+++ seen" in (failure.text or "")
    assert err.startswith("1 passed, 1 failed in ")


def test_github_gets_one_annotation_a_miss_on_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["test", "--format", "github"]) == 1
    out, _ = capfd.readouterr()

    [line] = out.splitlines()
    assert line.startswith("::error file=one.test.yaml,line=6,col=37,endColumn=")
    assert "title=red" in line
    assert "\x1b" not in line


def test_mistakes_are_annotations_too(capfd: pytest.CaptureFixture[str]) -> None:
    Path("one.test.yaml").write_text("cases: [{expect: {ran: [onyl]}}]", encoding="utf-8")
    assert run_command(["test", "--format", "github"]) == 2
    out, err = capfd.readouterr()

    assert out.startswith("::error file=one.test.yaml,line=1,col=25,endColumn=29,title=GF706::")
    assert "error[GF706]" in err


def test_a_file_gets_the_format_and_stdout_the_text(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["test", "--format", "junit", "-o", "report.xml", "-k", "fine"]) == 0

    assert capfd.readouterr().out.startswith("ok     one.test.yaml: fine\n1 passed, 0 failed in ")
    assert ET.fromstring(Path("report.xml").read_text(encoding="utf-8")).get("tests") == "1"

    assert run_command(["test", "-o", "report.txt", "-k", "fine"]) == 0
    assert Path("report.txt").read_text(encoding="utf-8") == capfd.readouterr().out


def test_verbose_tells_of_steps_and_of_faults(capfd: pytest.CaptureFixture[str]) -> None:
    Path("one.test.yaml").write_text(
        "cases: [{name: c, chaos: drop, seed: 7, expect: {status: failed}}]", encoding="utf-8"
    )
    assert run_command(["test", "-v"]) == 0

    lines = capfd.readouterr().out.splitlines()
    assert lines[:-1] == [
        "ok     one.test.yaml: c",
        "  only failed",
        "  only attempt 1 met `drop` (seed 7)",
    ]


def test_a_failed_case_tells_which_faults_it_met(capfd: pytest.CaptureFixture[str]) -> None:
    Path("one.test.yaml").write_text(
        "cases: [{name: c, chaos: drop, expect: {exit_code: 0}}]", encoding="utf-8"
    )
    assert run_command(["test"]) == 1

    assert "  only attempt 1 met `drop` (seed 0)\n" in capfd.readouterr().out


def test_the_first_failed_case_can_be_the_last(capfd: pytest.CaptureFixture[str]) -> None:
    cases = "".join(f"  - {{name: c{n}, expect: {{exit_code: {n}}}}}\n" for n in range(4))
    Path("one.test.yaml").write_text(f"cases:\n{cases}", encoding="utf-8")
    assert run_command(["test", "--fail-fast"]) == 1

    assert capfd.readouterr().out.splitlines()[-1].startswith("1 passed, 1 failed, 2 not run in ")


@pytest.mark.parametrize("pattern", ["fin", "FINE", "f*e", "one.test.yaml: fine", "*: fine"])
def test_cases_are_selected_by_a_part_of_their_file_and_name(
    pattern: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["test", "-k", pattern]) == 0
    assert capfd.readouterr().out.splitlines()[-1].startswith("1 passed, 0 failed in ")


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("-k", "gone"), "error: no case fits `gone`\n"),
        (("gone",), "error: `gone` does not exist\n"),
        (("--format", "xml"), "error: `--format` does not know `xml`\n"),
        (("--seed", "x"), "error: `--seed` takes a whole number, 0 or more, not `x`\n"),
        (("-o", "."), "error: cannot write `.`: it is a folder\n"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_runs(
    flags: tuple[str, ...], told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["test", *flags]) == 2
    out, err = capfd.readouterr()

    assert out == ""
    assert err.startswith(told)


def test_warnings_are_said_on_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    Path("one.test.yaml").write_text("cases: [{inputs: {odd: x}, expect: {exit_code: 0}}]", encoding="utf-8")
    assert run_command(["test"]) == 0

    assert capfd.readouterr().err.startswith("warning[GF130]: the workflow declares no input `odd`\n")
