"""Agents that act, as the installed command runs them: tools, permissions, approvals, schemas."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from llmock.pytest_plugin import LLMock

from goflow.backends.conversation import MOST_REPAIRS
from goflow.events import QuestionAsked
from goflow.tools.sandbox import describe_sandbox
from tests.flows.goflow_process import goflow
from tests.flows.person import person
from tests.flows.scripted_server import KEY, KEY_VARIABLE, Script, Scripted, Turn, scripted_server
from tests.flows.the_run import facts, run_folder
from tests.model_server import calls, chat

SCHEMA = {
    "type": "object",
    "properties": {"grade": {"type": "integer"}, "name": {"type": "string"}},
    "required": ["grade", "name"],
    "additionalProperties": False,
}
MODEL = ("-m", "scripted")
QUIET = ("--progress", "none")
SANDBOX = describe_sandbox(os.environ)
needs_sandbox = pytest.mark.skipif(
    SANDBOX.confinement is None, reason=f"no sandbox works here: {'; '.join(SANDBOX.passed_over)}"
)


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)


def script(**turns: Sequence[Turn]) -> Script:
    return Script(turns=turns)


def write_workflow(served: Scripted, *steps: Mapping[str, Any], tools: Sequence[str], **more: object) -> None:
    """Write a workflow of one agent, with these tools."""
    worker = {"inline": {"prompt": "You work.", "tools": list(tools)}}
    body = {"name": "tools", "agents": {"worker": worker}, "steps": list(steps), **more}
    text = f"config: {{provider: {served.provider}}}\n" + "\n".join(
        f"{key}: {json.dumps(value)}" for key, value in body.items()
    )
    Path("tools.yaml").write_text(text, encoding="utf-8")


STEP = {"id": "a", "prompt": "a: look"}


@needs_sandbox
def test_an_agent_views_searches_writes_and_runs_and_all_of_it_is_kept() -> None:
    Path("notes.md").write_text("the word is heron\n", encoding="utf-8")
    turns = [
        calls(("c-1", "view", {"path": "notes.md"}), ("c-2", "grep", {"pattern": "her.n"})),
        calls(("c-3", "create_file", {"path": "made.txt", "content": "crane\n"})),
        calls(("c-4", "bash", {"command": "cat made.txt; echo outside > ../outside; echo $SCRIPTED_KEY"})),
        chat("heron and crane"),
    ]
    with scripted_server(script(a=turns)) as served:
        write_workflow(served, STEP, tools=["view", "grep", "create_file", "bash"])
        done = goflow("run", "tools.yaml", *MODEL, "--verbose")
        viewed, found, created, ran = served.told("a")

    assert (done.code, done.stdout) == (0, b"# Workflow Results\n\n## Step: a\n\nheron and crane\n")
    assert "the word is heron" in viewed
    assert "notes.md" in found
    assert "error" not in created
    assert "crane" in ran
    assert KEY not in ran
    assert not Path("../outside").exists()
    said = [line for line in done.stderr.splitlines() if line.startswith(("[a] Calling", "[a] Tool"))]
    assert said[:2] == ["[a] Calling tool: view", "[a] Calling tool: grep"]
    assert sorted(said[2:4]) == ["[a] Tool completed: grep", "[a] Tool completed: view"]
    assert said[4:] == [
        "[a] Calling tool: create_file",
        "[a] Tool completed: create_file",
        "[a] Calling tool: bash",
        "[a] Tool completed: bash",
    ]
    check_stream(run_folder() / "steps/00_a/stream.jsonl", ["c-1", "c-2", "c-3", "c-4"])
    assert (run_folder() / "steps/00_a/output.md").read_text(encoding="utf-8") == "heron and crane"


def check_stream(file: Path, call_ids: list[str]) -> None:
    """Each call has a start and an end, with what was asked and what came of it."""
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    begun = [line["data"] for line in lines if line["type"] == "tool.execution_start"]
    ended = [line["data"] for line in lines if line["type"] == "tool.execution_complete"]
    assert [data["call_id"] for data in begun] == call_ids
    assert sorted(data["call_id"] for data in ended) == call_ids
    assert all(data["success"] and data["result"] for data in ended)
    assert json.loads(begun[0]["arguments"]) == {"path": "notes.md"}


def test_agents_of_llmock_use_their_tools_and_answer_by_a_schema(llmock: LLMock) -> None:
    llmock.call_tool("view", {"path": "notes.md"}).call_tool("list_dir").reply("it is heron")
    Path("notes.md").write_text("the word is heron\n", encoding="utf-8")
    url = llmock.base_url("openai")
    Path("one.yaml").write_text(
        f"""
name: one
config: {{provider: {{type: openai, base_url: "{url}", api_key_env: {KEY_VARIABLE}, wire_api: responses}}}}
agents:
  looker: {{inline: {{prompt: p, tools: [view, list_dir]}}}}
  grader: {{inline: {{prompt: p, permissions: {{deny: ["*"]}}}}}}
steps:
  - {{id: a, agent: looker, prompt: look}}
  - {{id: b, agent: grader, prompt: grade, depends_on: [a], output_schema: {json.dumps(SCHEMA)}}}
""",
        encoding="utf-8",
    )
    done = goflow("run", "one.yaml", "-m", "gpt-4o-mini", "--verbose", "--format", "json")

    assert done.code == 0, done.stderr
    outputs = {step: said["output"] for step, said in json.loads(done.stdout)["steps"].items()}
    assert outputs["a"] == "it is heron"
    assert set(json.loads(outputs["b"])) == {"grade", "name"}
    assert [line for line in done.stderr.splitlines() if "Tool completed" in line] == [
        "[a] Tool completed: view",
        "[a] Tool completed: list_dir",
    ]
    assert "the word is heron" in json.dumps(llmock.requests[2].body)
    assert len(llmock.requests) == 4


def creating(call_id: str, file: str, content: str = "made") -> Turn:
    return calls((call_id, "create_file", {"path": file, "content": content}))


GUARDED = {"permissions": {"ask": ["create_file"], "deny": ["view(secret/**)", "bash"]}}


def test_what_rules_deny_is_not_done_and_what_they_ask_for_needs_a_person_or_the_flag() -> None:
    Path("secret").mkdir()
    Path("secret/key.txt").write_text("the word is heron", encoding="utf-8")
    turns = [
        calls(
            ("c-1", "view", {"path": "./secret/../secret/key.txt"}),
            ("c-2", "grep", {"pattern": "the word"}),
            ("c-3", "bash", {"command": "cat secret/key.txt > ran.txt"}),
            ("c-4", "create_file", {"path": "made.txt", "content": "made"}),
        ),
        chat("I was not allowed to"),
    ]
    with scripted_server(script(a=turns)) as served:
        write_workflow(served, STEP, tools=["view", "grep", "bash", "create_file"], **GUARDED)
        done = goflow("run", "tools.yaml", *MODEL, "--verbose")
        viewed, found, ran, created = served.told("a")
        assert not Path("made.txt").exists()
        allowed = goflow("run", "tools.yaml", *MODEL, *QUIET, "--allow-all-tools")
        sent = json.dumps([request.body for request in served.server.received])

    assert (done.code, allowed.code) == (0, 0)
    assert viewed == "error: not allowed: `view` is denied here by the rule `view(secret/**)`"
    assert found == "no line matches `the word`"
    assert ran == "error: there is no tool `bash`; tools: `view`, `grep`, `create_file`"
    assert "nobody is there to ask" in created
    assert "`--allow-all-tools`" in created
    assert "[a] Tool failed: create_file: not allowed" in done.stderr
    assert Path("made.txt").read_text(encoding="utf-8") == "made"
    assert not Path("ran.txt").exists()
    assert "heron" not in sent


def test_written_answers_allow_no_call_although_they_answer_questions() -> None:
    Path("answers.yaml").write_text("[allow]", encoding="utf-8")
    turns = [
        creating("c-1", "made.txt"),
        calls(("c-1", "ask_user", {"question": "Go on?"})),
        calls(("c-1", "ask_user", {"question": "Really?"})),
        creating("c-1", "made.txt"),
        chat("well"),
    ]
    with scripted_server(script(a=turns)) as served:
        write_workflow(served, STEP | {"interactive": True}, tools=["create_file"], **GUARDED)
        done = goflow("run", "tools.yaml", *MODEL, "--answers", "answers.yaml", stdin=b"1\nallow\n")
        first, filed, piped, last = served.told("a")

    assert (done.code, filed, piped) == (0, "allow", "1")
    assert first.startswith("error: not allowed")
    assert last == first
    assert not Path("made.txt").exists()


PROMPT = "  a number (ctrl-d: no): "


def shown(file: str) -> str:
    """Return how an approval looks at the terminal."""
    return (
        f"? a asks\n  agent worker wants to use create_file:\n  {file}\n"
        f"  1. allow\n  2. allow from now on\n  3. deny\n{PROMPT}"
    )


def test_a_person_allows_once_from_afar_from_now_on_or_not_at_all() -> None:
    turns = [
        creating("c-1", "once.txt"),
        creating("c-1", "never.txt"),
        creating("c-1", "afar.txt"),
        creating("c-1", "often.txt"),
        creating("c-1", "often.txt", "again"),
        chat("done"),
    ]
    Path("answers.yaml").write_text("[allow, 1, allow]", encoding="utf-8")
    Path("lines").write_text("allow\n1\nallow\n", encoding="utf-8")
    run = ("run", "tools.yaml", *MODEL, *QUIET, "--answers", "answers.yaml", "--interactive")
    with scripted_server(script(a=turns)) as served, Path("lines").open(encoding="utf-8") as lines:
        write_workflow(served, STEP, tools=["create_file"])
        with person(*run, stdin=lines.fileno()) as somebody:
            somebody.wait_for(shown("once.txt"))
            somebody.type("1\n")
            somebody.wait_for(shown("never.txt"))
            somebody.type("3\n")
            somebody.wait_for(shown("afar.txt"))
            afar = goflow("answer", "@last", "1")
            somebody.wait_for(shown("often.txt"))
            somebody.type("2\n")
            code, _ = somebody.end()
        results = served.told("a")

    assert (code, afar.code, afar.stderr) == (0, 0, "answered a: allow\n")
    assert somebody.seen.count(PROMPT) == 4
    assert results[1] == "error: not allowed: the call was refused by a person"
    assert not any("error" in result for result in (results[0], *results[2:]))
    made = {path.name: path.read_text(encoding="utf-8") for path in Path.cwd().glob("*.txt")}
    assert made == {"once.txt": "made", "afar.txt": "made", "often.txt": "again"}
    assert all(question.is_approval for question in facts(QuestionAsked))


GRADED = {"id": "a", "prompt": "a: grade", "output_schema": SCHEMA}
BAD, GOOD = chat('{"grade": "three", "name": "heron"}'), chat('{"grade": 3, "name": "heron {{inputs.x}}"}')


def test_an_answer_is_repaired_by_its_complaint_and_read_by_path_downstream() -> None:
    reader = {
        "id": "b",
        "prompt": "b: {{steps.a.json.name}} got {{steps.a.json.grade}}",
        "depends_on": ["a"],
    }
    with scripted_server(script(a=[BAD, GOOD], b=[chat("read")])) as served:
        write_workflow(served, GRADED, reader, tools=["view"])
        done = goflow("run", "tools.yaml", *MODEL, "--verbose", "--format", "json")
        [first, second], [read] = served.bodies("a"), served.bodies("b")

    assert done.code == 0, done.stderr
    assert json.loads(done.stdout)["steps"]["a"]["output"] == '{"grade":3,"name":"heron {{inputs.x}}"}'
    assert first["response_format"]["json_schema"]["schema"]["required"] == ["grade", "name"]
    complaint = second["messages"][-1]["content"]
    assert "$.grade" in complaint
    assert f"[a] Answer refused: {complaint.splitlines()[0]}" in done.stderr
    assert read["messages"][-1]["content"] == "b: heron {{inputs.x}} got 3"


def test_an_answer_that_is_never_right_fails_the_step_and_names_the_complaint() -> None:
    after = {"id": "b", "prompt": "b: after", "depends_on": ["a"]}
    with scripted_server(script(a=[BAD] * (1 + MOST_REPAIRS), b=[])) as served:
        write_workflow(served, GRADED, after, tools=["view"])
        done = goflow("run", "tools.yaml", *MODEL)

    assert done.code == 1
    assert "$.grade" in done.stderr
    assert served.asked == {("a", turn): 1 for turn in range(1 + MOST_REPAIRS)}
