"""`goflow test` as whole processes: what passes, what fails, what is broken, and that nothing is left."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.docs.test_examples import EXAMPLES
from tests.flows.goflow_process import goflow, tree

TESTED = sorted(path.parent.name for path in EXAMPLES.glob("*/*.test.yaml"))
WORKFLOW = """
name: two
steps:
  - {id: first, prompt: Look, retry_count: 3}
  - {id: second, prompt: "Go on: {{steps.first.output}}", depends_on: [first]}
"""


def write(cases: str, workflow: str = WORKFLOW) -> None:
    Path("two.yaml").write_text(workflow, encoding="utf-8")
    Path("two.test.yaml").write_text(f"cases:\n{cases}", encoding="utf-8")


def without_times(text: str) -> str:
    return re.sub(r'\d+\.\d+s|time="[0-9.]+"', "TIME", text)


@pytest.mark.parametrize("name", TESTED)
def test_the_cases_of_an_example_pass_and_leave_nothing(name: str) -> None:
    shutil.copytree(EXAMPLES / name, name)
    before = tree(Path.cwd())
    done = goflow("test", name)

    assert (done.code, done.stderr) == (0, ""), done.stdout.decode()
    assert tree(Path.cwd()) == before


def test_two_examples_have_cases() -> None:
    assert TESTED == ["classification-branch", "failure-and-retry"]


def test_three_formats_tell_of_the_same_failure() -> None:
    write("  - {name: wrong, stubs: {first: a}, expect: {steps: {second: {prompt: Go on}}}}\n")
    text, github, junit = (goflow("test", "--format", how) for how in ("text", "github", "junit"))

    message = "the prompt of step `second`: it differs"
    assert [done.code for done in (text, github, junit)] == [1, 1, 1]
    assert f"  two.test.yaml:2:72: {message}\n" in text.stdout.decode()
    assert github.stdout.decode().startswith("::error file=two.test.yaml,line=2,col=72,")
    [failure] = ET.fromstring(junit.stdout.decode()).iter("failure")
    assert failure.get("message") == message
    assert "-Go on\n+Go on: a" in (failure.text or "")
    assert text.stderr == ""
    assert github.stderr.startswith("0 passed, 1 failed in ")


def test_chaos_is_the_same_in_every_process_and_another_with_another_seed() -> None:
    cases = (
        f"  - {{name: c{n}, chaos: 'drop@40%, 500@20%:first', seed: {n}, expect: {{exit_code: 0}}}}\n"
        for n in range(20)
    )
    write("".join(cases))
    first, again, other = (goflow("test", "-v", *flags) for flags in ((), (), ("--seed", "77")))

    assert first.code == 1
    assert "met `drop`" in first.stdout.decode()
    assert "met `500`" in first.stdout.decode()
    assert "ok     two.test.yaml" in first.stdout.decode()
    assert without_times(again.stdout.decode()) == without_times(first.stdout.decode())
    assert without_times(other.stdout.decode()) != without_times(first.stdout.decode())


def test_a_recorded_run_is_a_case_also_where_it_is_disturbed() -> None:
    Path("mock.yaml").write_text(
        "answers: [{step: first, times: 1, fail: overloaded, answer: found}, {step: second, answer: done}]",
        encoding="utf-8",
    )
    write(
        "  - name: as recorded\n"
        "    replay: two.jsonl\n"
        "    expect: {status: completed, steps: {first: {attempts: 2}, second: {output: done}}}\n"
        "  - name: disturbed\n"
        "    replay: two.jsonl\n"
        "    chaos: drop@50%:first\n"
        "    seed: 4\n"
        "    expect: {status: completed, steps: {first: {attempts: 3}, second: {output: done}}}\n"
    )
    recorded = goflow("run", "two.yaml", "--mock=mock.yaml", "--record", "two.jsonl")
    done = goflow("test")

    assert recorded.code == 0
    assert done.code == 0, done.stdout.decode()

    write(
        "  - {name: again, replay: two.jsonl, expect: {status: completed}}\n",
        WORKFLOW.replace("Look", "Look again"),
    )
    changed = goflow("test")

    assert changed.code == 1
    assert "the prompt differs from the recording" in changed.stdout.decode()


def test_hundreds_of_cases_run_in_one_process() -> None:
    write("".join(f"  - {{name: c{n}, chaos: 429@30%, expect: {{status: completed}}}}\n" for n in range(300)))
    done = goflow("test", "--seed", "1", "--format", "junit")
    root = ET.fromstring(done.stdout.decode())

    assert root.get("tests") == "300"
    assert root.get("failures") in {"0", "300"}


def test_a_function_beside_the_test_file_is_asked_from_wherever_the_command_runs() -> None:
    Path("deep").mkdir()
    Path("deep/two.yaml").write_text(WORKFLOW, encoding="utf-8")
    Path("deep/is_right.py").write_text("def short(text): return len(text) < 3\n", encoding="utf-8")
    Path("deep/two.test.yaml").write_text(
        "cases: [{stubs: {first: abc}, expect: {steps: {first: {output: {python: 'is_right:short'}}}}}]",
        encoding="utf-8",
    )
    done = goflow("test", "deep")

    assert done.code == 1
    assert "`is_right:short` does not accept it\n    it returned `False`;" in done.stdout.decode()


def test_only_what_a_case_needs_is_imported() -> None:
    write("  - {name: plain, stubs: {first: a}, chaos: 'drop@1%', expect: {status: completed}}\n")
    command = [sys.executable, "-X", "importtime", "-m", "goflow", "test"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}

    assert done.returncode == 0
    assert "goflow.backends.chaos" in imported
    assert not imported & {"pydantic", "pydantic_ai", "httpx", "httpx2", "jsonschema", "openai", "rich"}


def test_what_a_function_prints_is_no_part_of_the_report() -> None:
    write("  - {name: c, stubs: {first: abc}, expect: {steps: {first: {output: {python: 'loud:long'}}}}}\n")
    Path("loud.py").write_text(
        "print('imported')\n\ndef long(text):\n    print('called')\n    return len(text) > 2\n",
        encoding="utf-8",
    )
    done = goflow("test", "--format", "junit")

    assert done.code == 0, done.stderr
    assert ET.fromstring(done.stdout.decode()).get("tests") == "1"
    assert done.stderr.splitlines()[:2] == ["imported", "called"]
