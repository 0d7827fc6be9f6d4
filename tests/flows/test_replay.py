"""Recorded runs, and what they are again where nothing can be reached and nothing be started."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from llmock.pytest_plugin import LLMock

from tests.docs.test_examples import EXAMPLES, NAMES
from tests.flows.goflow_process import Done, goflow

GUARD: Final = """
import sys

def guard(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        raise AssertionError(f"it connects to {arguments[1]}")
    if event in {"socket.getaddrinfo", "subprocess.Popen", "os.fork", "os.posix_spawn"}:
        raise AssertionError(f"it does {event} {arguments}")

sys.addaudithook(guard)
"""
"""Ends a process of Python's that reaches out, or starts another one."""

WORKED_ON: Final = ("security-scan/shop", "shared-memory/change")
"""What tools read in the examples; a replay does not miss it."""

ONE: Final = """
name: one
agents: {writer: {inline: {prompt: Be brief.}}}
steps:
  - {id: first, agent: writer, prompt: "Write.\\nAbout ships."}
  - {id: second, agent: writer, prompt: "More of {{steps.first.output}}", depends_on: [first]}
"""
ASKING: Final = "default: {answer: 'so {{answer}}', ask: {question: Which?}}"


@pytest.fixture
def alone(tmp_path: Path) -> Mapping[str, str]:
    """Return the environment of a process that can reach nobody and start nothing."""
    (tmp_path / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    return {"PYTHONPATH": str(tmp_path)}


def events_of(run: str) -> list[dict[str, Any]]:
    for journal in Path(".workflow-runs").glob("*/events.jsonl"):
        events = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
        if events[0]["run"] == run:
            return events
    raise AssertionError(run)


def steps_of(run: str) -> dict[str, list[dict[str, Any]]]:
    """Return what the journal of a run tells of each step, in order, without times, ids and chance."""
    told: dict[str, list[dict[str, Any]]] = {}
    for event in events_of(run):
        if "step" in event:
            kept = {key: event[key] for key in event.keys() - {"seq", "ts", "run", "v", "chance", "crc"}}
            told.setdefault(event["step"], []).append(kept)
    return told


def memory_of(run: str) -> list[str]:
    return [event["text"] for event in events_of(run) if event["type"] == "memory.written"]


def run_of(recording: Path) -> str:
    """Return the id of the run that a recording was made of."""
    name: str = json.loads(recording.read_text(encoding="utf-8").splitlines()[0])["run"]
    return name


def replayed(name: str, alone: Mapping[str, str], *flags: str) -> Done:
    workflow = f"examples/{name}/workflow.yaml"
    again = f"{name}.again.jsonl"
    return goflow("run", workflow, "--replay", f"{name}.jsonl", "--record", again, *flags, environ=alone)


def require_same(name: str, first: Done, again: Done) -> None:
    assert (again.code, again.stdout) == (first.code, first.stdout), again.stderr
    old, new = (run_of(Path(f"{name}{ending}")) for ending in (".jsonl", ".again.jsonl"))
    assert steps_of(new) == steps_of(old)
    assert memory_of(new) == memory_of(old)


def forget_what_tools_read() -> None:
    for folder in WORKED_ON:
        shutil.rmtree(Path("examples", folder))


def recorded(name: str, *flags: str, environ: Mapping[str, str] | None = None) -> Done:
    folder = f"examples/{name}"
    answers = ("--answers", f"{folder}/answers.yaml") if Path(folder, "answers.yaml").exists() else ()
    return goflow(
        "run", f"{folder}/workflow.yaml", "--record", f"{name}.jsonl", *answers, *flags, environ=environ
    )


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_the_same_again_without_network_and_tools(alone: Mapping[str, str], name: str) -> None:
    shutil.copytree(EXAMPLES, "examples")
    first = recorded(name, f"--mock=examples/{name}/mock.yaml")
    forget_what_tools_read()

    require_same(name, first, replayed(name, alone))


@pytest.mark.parametrize("name", NAMES)
def test_an_example_recorded_over_http_is_the_same_again_without_network_and_keys(
    llmock: LLMock, alone: Mapping[str, str], name: str
) -> None:
    shutil.copytree(EXAMPLES, "examples")
    asked = {
        "OPENAI_API_KEY": "sk-canary-of-the-environment",
        "OPENAI_BASE_URL": llmock.base_url("openai"),
        "NO_PROXY": "127.0.0.1",
    }
    first = recorded(name, "-m", "openai:gpt-4o-mini", environ=asked)
    forget_what_tools_read()

    assert llmock.requests
    require_same(name, first, replayed(name, alone))


def test_the_guard_stops_a_process_that_reaches_out(llmock: LLMock, alone: Mapping[str, str]) -> None:
    Path("one.yaml").write_text(
        "name: one\nsteps: [{id: only, prompt: go, retry_count: 0}]", encoding="utf-8"
    )
    asked = {"OPENAI_API_KEY": "sk-canary-of-the-environment", "OPENAI_BASE_URL": llmock.base_url("openai")}
    done = goflow("run", "one.yaml", "-m", "openai:gpt-4o-mini", environ={**alone, **asked})

    assert done.code != 0
    assert "AssertionError: it " in done.stderr
    assert not llmock.requests


def make_one(*flags: str, script: str = "default: about {{step}}") -> Done:
    Path("one.yaml").write_text(ONE, encoding="utf-8")
    Path("mock.yaml").write_text(script, encoding="utf-8")
    return goflow("run", "one.yaml", "--mock=mock.yaml", "--record", "one.jsonl", *flags)


def change_one(old: str, new: str) -> None:
    Path("one.yaml").write_text(ONE.replace(old, new), encoding="utf-8")


def test_a_changed_prompt_is_a_miss_that_names_the_step_and_the_place() -> None:
    make_one()
    change_one("ships", "boats")
    done = goflow("run", "one.yaml", "--replay", "one.jsonl")

    assert done.code == 1
    assert (
        "  first failed: step `first`, attempt 1: the prompt differs from the recording at line 2\n"
        "    --- recorded\n    +++ asked\n    @@ -1,2 +1,2 @@\n     Write.\n    -About ships.\n"
        "    +About boats.\n"
    ) in done.stderr


def test_a_changed_agent_is_a_miss_in_its_system_prompt() -> None:
    make_one()
    change_one("Be brief.", "Be long.")
    done = goflow("run", "one.yaml", "--replay", "one.jsonl")

    assert done.code == 1
    assert "step `first`, attempt 1: the system prompt differs from the recording\n" in done.stderr
    assert "    -Be brief.\n    +Be long.\n" in done.stderr


def test_other_tools_are_a_miss() -> None:
    make_one()
    change_one("Be brief.", "Be brief., tools: [view]")
    done = goflow("run", "one.yaml", "--replay", "one.jsonl")

    assert done.code == 1
    assert "step `first`, attempt 1: the tools differ from the recording" in done.stderr
    assert '    -every tool\n    +[\n    +  "view"\n    +]\n' in done.stderr


def test_an_earlier_run_is_replayed_by_its_id_and_by_its_folder(alone: Mapping[str, str]) -> None:
    first = make_one()
    [folder] = Path(".workflow-runs").glob("*/")

    for reference in (run_of(Path("one.jsonl")), str(folder)):
        assert goflow("run", "one.yaml", "--replay", reference, environ=alone).stdout == first.stdout


def test_a_failed_run_is_recorded_and_fails_again_the_same(alone: Mapping[str, str]) -> None:
    first = make_one(script="default: {fail: rejected, message: no, usage: {input_tokens: 7}}")
    again = goflow("run", "one.yaml", "--replay", "one.jsonl", environ=alone)

    assert first.code == 1
    assert (again.code, again.stdout) == (1, first.stdout)


REJECTED: Final = "answers: [{step: second, fail: rejected, message: no}]\ndefault: about {{step}}"


def test_a_replay_goes_on_with_the_recording_that_it_has_kept(alone: Mapping[str, str]) -> None:
    make_one(script=REJECTED)
    [recorded] = Path(".workflow-runs").glob("*/")
    failed = goflow("run", "one.yaml", "--replay", str(recorded), environ=alone)
    shutil.rmtree(recorded)
    resumed = goflow("resume", "@last", environ=alone)
    rerun = goflow("rerun", "@last", environ=alone)

    assert (failed.code, resumed.code, rerun.code) == (1, 1, 1)
    assert "  second failed: no\nnext: goflow resume r-" in failed.stderr
    assert "second failed: step `second`: the recording has no attempt 2: it has 1\n" in resumed.stderr
    assert "  second failed: no\nnext: goflow resume r-" in rerun.stderr
    assert failed.stdout == resumed.stdout == rerun.stdout


def test_a_replay_goes_on_with_changed_files_if_that_is_allowed(alone: Mapping[str, str]) -> None:
    make_one(script=REJECTED)
    goflow("run", "one.yaml", "--replay", "one.jsonl", environ=alone)
    Path("one.jsonl").unlink()
    Path("one.yaml").write_text(f"{ONE}# a comment\n", encoding="utf-8")

    refused = goflow("resume", "@last", environ=alone)
    allowed = goflow("resume", "@last", "--allow-changed", environ=alone)

    assert refused.code == 2
    assert "have changed since: `" in refused.stderr
    assert "one.jsonl" not in refused.stderr
    assert allowed.code == 1
    assert "step `second`: the recording has no attempt 2: it has 1" in allowed.stderr


def test_a_recording_larger_than_a_mock_script_may_be_is_replayed_in_a_rerun(
    alone: Mapping[str, str],
) -> None:
    Path("one.yaml").write_text(
        "name: one\ninputs: {text: {}}\nsteps: [{id: only, prompt: 'Read {{inputs.text}}'}]", encoding="utf-8"
    )
    Path("text.md").write_text("x" * 3 * 1024 * 1024, encoding="utf-8")
    first = goflow("run", "one.yaml", "-i", "text=@text.md", "--mock", "--record", "one.jsonl")
    goflow("run", "one.yaml", "-i", "text=@text.md", "--replay", "one.jsonl", environ=alone)
    size = Path("one.jsonl").stat().st_size
    Path("one.jsonl").unlink()

    again = goflow("rerun", "@last", environ=alone)

    assert size > 8 * 1024 * 1024
    assert (again.code, again.stdout) == (0, first.stdout), again.stderr


def test_a_replay_that_goes_on_with_a_mock_leaves_its_recording() -> None:
    make_one(script=REJECTED)
    goflow("run", "one.yaml", "--replay", "one.jsonl")

    done = goflow("resume", "@last", "--mock")

    assert done.code == 0, done.stderr
    assert b"mock output" in done.stdout


def test_a_run_that_waits_for_an_answer_is_recorded_and_waits_again(alone: Mapping[str, str]) -> None:
    first = make_one(script=ASKING)
    again = goflow("run", "one.yaml", "--replay", "one.jsonl", environ=alone, stdin=b"this\nthat\n")

    assert first.code == again.code != 0
    assert "  first asks: Which?\n" in again.stderr


def test_answers_of_people_are_taken_from_the_recording(alone: Mapping[str, str]) -> None:
    Path("answers.yaml").write_text("[this, that]", encoding="utf-8")
    first = make_one("--answers", "answers.yaml", script=ASKING)
    again = goflow("run", "one.yaml", "--replay", "one.jsonl", environ=alone, stdin=b"other\nwords\n")

    assert (again.code, again.stdout) == (0, first.stdout)
    assert b"so that" in again.stdout


def test_a_secret_input_is_in_no_recording_and_another_one_will_do(alone: Mapping[str, str]) -> None:
    Path("one.yaml").write_text(
        "name: one\ninputs: {key: {secret: true}}\nagents: {x: {inline: {prompt: 'Use {{inputs.key}}.'}}}\n"
        "steps: [{id: only, agent: x, prompt: 'With {{inputs.key}}'}]\n",
        encoding="utf-8",
    )
    flags = ("--mock", "--record", "one.jsonl")
    first = goflow("run", "one.yaml", "-i", "key=canary-one", *flags)
    again = goflow("run", "one.yaml", "-i", "key=canary-two", "--replay", "one.jsonl", environ=alone)

    assert first.code == again.code == 0, again.stderr
    assert "canary" not in Path("one.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--replay", "one.jsonl", "--mock"), "error: `--mock` and `--replay` both say who answers\n"),
        (("--replay", "one.jsonl", "--cli"), "error: `--cli` and `--replay` both say who answers\n"),
        (("--replay", "gone.jsonl"), "error: the recording `gone.jsonl` does not exist\n"),
        (("--replay", "r-nothing"), "error: there is no run `r-nothing`\n"),
        (("--replay", "torn.jsonl"), "error: `torn.jsonl` is not a whole recording: line 3: "),
        (("--mock", "--record", "."), "error: cannot write `.`: it is a folder\n"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_runs(flags: tuple[str, ...], told: str) -> None:
    make_one()
    whole = Path("one.jsonl").read_bytes()
    Path("torn.jsonl").write_bytes(b"".join(whole.splitlines(keepends=True)[:3])[:-9])
    done = goflow("run", "one.yaml", *flags)

    assert done.code == 2
    assert done.stderr.replace(f"{Path.cwd()}/", "").startswith(told)
    assert len(list(Path(".workflow-runs").glob("*/"))) == 1
