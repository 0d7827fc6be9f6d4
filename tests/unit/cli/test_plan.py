"""`goflow plan`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from goflow.cli.main import run_command

STOPPED = "would be stopped by its timeout or its budget (exit code 6)"
Captured = pytest.CaptureFixture[str]

LONG = "\n".join(f"line {number}" for number in range(20))
WORKFLOW = f"""
name: "a\\e[31m b"
config: {{max_concurrency: 2}}
agents: {{judge: {{inline: {{prompt: You judge., tools: [grep, view]}}}}}}
steps:
  - {{id: one, agent: judge, prompt: {json.dumps(LONG)}, attach: [notes.txt]}}
  - id: two
    prompt: "{{{{steps.one.output}}}}"
    depends_on: [one]
    condition: {{step: one, equals: "\\e[2Jx"}}
  - {{id: three, prompt: Go, depends_on: [one], condition: {{step: one, contains: ""}}}}
  - {{id: four, prompt: Go, depends_on: [two], condition: {{step: two, not_contains: q}}}}
"""


def printed(capsys: Captured, *arguments: str, code: int = 0, workflow: str = WORKFLOW) -> str:
    """Return what comes to stdout."""
    Path("w.yaml").write_text(workflow, encoding="utf-8")
    Path("notes.txt").write_text("notes", encoding="utf-8")
    assert run_command(["plan", "w.yaml", *arguments]) == code
    return capsys.readouterr().out


def block(page: str, step: str) -> str:
    """Return what a page tells of a step."""
    found = re.search(rf"^ *{step}(?:: .*)?\n((?:    .*\n|\n(?=    ))*)", page, re.MULTILINE)
    assert found is not None, page
    return found[1]


def stubbed(text: str) -> str:
    Path("stubs.yaml").write_text(text, encoding="utf-8")
    return "stubs.yaml"


def test_a_plan_tells_who_is_asked_and_what_waits_for_what(capsys: Captured) -> None:
    page = printed(capsys)

    assert page.startswith("workflow  a b\nsteps     4 steps in 3 levels, at most 2 at a time\n\nlevel 0\n")
    one, two = block(page, "one"), block(page, "two")
    assert "tools     grep, view\n" in one
    assert "attached  notes.txt (text/plain)\n" in one
    assert "after   one\n" in two
    assert "if      `one` equals 'x'\n" in two
    assert "{{steps.one.output}}\n" in two
    assert "if      `one` has ended\n" in block(page, "three")


def test_a_long_text_is_cut_and_how_much_is_left_out_is_said(capsys: Captured) -> None:
    one = block(printed(capsys), "one")

    assert "      line 5\n      … 14 more lines, 108 more characters: `--prompts` shows all\n" in one
    assert "line 6" not in one


@pytest.mark.parametrize("flags", [("--prompts",), ("--step", "one")])
def test_a_long_text_is_whole_where_that_is_asked_for(capsys: Captured, flags: tuple[str, ...]) -> None:
    for more in ((), ("--simulate",)):
        page = printed(capsys, *flags, *more)

        assert "      line 19\n" in page
        assert "more characters" not in page


def test_one_long_line_is_cut_too(capsys: Captured) -> None:
    workflow = f"name: w\nsteps: [{{id: only, prompt: {'x' * 700}}}]\n"

    assert "      … 100 more characters: `--prompts` shows all\n" in printed(capsys, workflow=workflow)


def test_a_simulation_tells_how_each_branch_was_decided(capsys: Captured) -> None:
    page = printed(capsys, "--simulate")

    assert "two: would be skipped\n" in page
    branches = page.partition("\nbranches\n")[2]
    assert branches.startswith(
        "  two: not taken: condition not met: step 'one' does not equal 'x'\n"
        "    `one` answered: stub output of one\n"
        "    it would run where `one` equals 'x'\n"
        "  three: taken, since `one` has ended\n"
        "    `one` answered: stub output of one\n"
        "    it would never be skipped: its condition tests nothing\n"
        "  four: taken, since `two` does not contain 'q'\n"
        "    `two` answered: nothing\n"
        "    it would be skipped where `two` contains 'q'\n"
        "\nsimulated, with nobody asked: 3 would run, 1 would be skipped\nthe run would complete\n"
    )


def test_with_stubs_nothing_is_said_of_how_to_get_them(capsys: Captured) -> None:
    assert "\nnext: goflow plan w.yaml --simulate --stubs-init" in printed(capsys, "--simulate")
    assert "\nnext: " not in printed(capsys, "--simulate", "--stubs", stubbed("default: x"))


def test_a_step_that_fails_keeps_others_from_running(capsys: Captured) -> None:
    script = stubbed(r'answers: [{step: one, fail: rejected, message: "no\e]0;title\a\nway"}]')

    page = printed(capsys, "--simulate", "--stubs", script, code=1)

    assert "one: would fail\n" in page
    assert "error     no\n    error     way\n" in page
    assert "because  one failed\n" in page
    assert (
        "  two: not come to\n    `one` answered: nothing\n    it would run where `one` equals 'x'\n" in page
    )
    assert page.endswith("1 would fail, 3 would not run\nthe run would fail (exit code 1)\n")


def test_a_schema_that_no_made_answer_satisfies_asks_for_stubs(capsys: Captured) -> None:
    workflow = (
        "name: w\nsteps: [{id: only, prompt: Go, output_schema: {type: string, pattern: '^[0-9]+$'}}]\n"
    )

    page = printed(capsys, "--simulate", code=1, workflow=workflow)

    assert "help     no answer that fits could be made from its schema; write one for `--stubs`\n" in page


@pytest.mark.parametrize(
    ("script", "flags", "end"),
    [
        ("default: {fail: quota_exhausted}", (), "would fail, since no model answers (exit code 4)"),
        ("answers: [{step: three, fail: rejected}]", (), "would finish with failed steps (exit code 3)"),
        ("default: {delay: 2h}", ("--timeout", "1h"), STOPPED),
    ],
)
def test_the_end_of_the_run_is_told(capsys: Captured, script: str, flags: tuple[str, ...], end: str) -> None:
    page = printed(capsys, "--simulate", "--stubs", stubbed(script), *flags, code=1)

    assert page.endswith(f"\nthe run {end}\n")


def test_a_step_that_is_stopped_and_one_not_reached_say_so(capsys: Captured) -> None:
    page = printed(
        capsys, "--simulate", "--stubs", stubbed("default: {delay: 2h}"), "--timeout", "1h", code=1
    )

    assert "one: would be stopped\n" in page
    assert "two: would not be reached\n" in page


def test_questions_and_calls_stand_between_prompt_and_answer(capsys: Captured) -> None:
    script = """
answers:
  - step: one
    calls: [{tool: grep, arguments: {pattern: x}}]
    ask: {question: "Which?\\nNow?", choices: [this, that]}
    answer: "{{answer}}"
"""

    one = block(printed(capsys, "--simulate", "--stubs", stubbed(script)), "one")

    assert one.endswith(
        "    calls grep, which is told\n      stub result of grep\n"
        "    asks a person\n      Which?\n      Now?\n      > this\n"
        "    answer, from the stubs\n      this\n"
    )


def test_json_holds_the_texts_whole_and_harmless(capsys: Captured) -> None:
    Path("stubs.yaml").write_text('default: "a\\e[31mb"', encoding="utf-8")

    raw = printed(capsys, "--simulate", "--stubs", "stubs.yaml", "--format", "json")

    assert "\x1b" not in raw
    document = json.loads(raw)
    steps = {step["step"]: step for step in document["steps"]}
    assert steps["one"]["prompt"] == LONG
    assert steps["one"]["answer"] == "a\x1b[31mb"
    assert steps["one"]["attachments"] == [{"name": "notes.txt", "media_type": "text/plain"}]
    assert (document["status"], document["exit_code"]) == ("completed", 0)
    assert document["branches"][0]["is_taken"] is False


def test_a_comment_of_the_stubs_cannot_end_early(capsys: Captured) -> None:
    workflow = """
name: "w\\n- x\\u2028: \\uE000 y"
steps:
  - {id: one, prompt: Go}
  - id: two
    prompt: Go
    depends_on: [one]
    condition: {step: one, contains: "a\\n  - step: one\\n    answer: b"}
"""

    script = stubbed(printed(capsys, "--simulate", "--stubs-init", workflow=workflow))
    page = printed(capsys, "--simulate", "--stubs", script, workflow=workflow)

    assert "    answer, from the stubs\n      stub output of one\n" in page


def test_what_is_written_to_a_file_does_not_come_to_stdout(capsys: Captured) -> None:
    assert printed(capsys, "-o", "plan.txt") == ""
    assert Path("plan.txt").read_text(encoding="utf-8") == printed(capsys)


def test_a_file_that_is_there_stays_without_force(capsys: Captured) -> None:
    Path("stubs.yaml").write_text("mine", encoding="utf-8")
    init = ("--simulate", "--stubs-init", "-o", "stubs.yaml")

    printed(capsys, *init, code=2)
    assert Path("stubs.yaml").read_text(encoding="utf-8") == "mine"
    printed(capsys, *init, "--force")
    assert Path("stubs.yaml").read_text(encoding="utf-8") != "mine"


def test_warnings_of_the_workflow_go_to_stderr(capsys: Captured) -> None:
    Path("w.yaml").write_text("steps: [{id: only, prompt: '{{nothing}}'}]", encoding="utf-8")

    assert run_command(["plan", "w.yaml"]) == 0
    assert "warning[GF305]" in capsys.readouterr().err


def test_a_simulation_imports_no_provider_and_no_pydantic() -> None:
    Path("w.yaml").write_text("name: w\nsteps: [{id: only, prompt: Go}]\n", encoding="utf-8")
    command = [sys.executable, "-X", "importtime", "-m", "goflow", "plan", "w.yaml", "--simulate"]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "goflow.backends.stubs" in imported
    assert not imported & {"httpx", "openai", "anthropic", "pydantic", "pydantic_ai", "goflow.backends.llm"}
