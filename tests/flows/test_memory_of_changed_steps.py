"""The shared memory of a run that went on with changed files: what a step wrote before counts no longer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from goflow.events import AttemptStarted, RunReopened, StepReused, ToolReturned
from tests.flows.goflow_process import goflow
from tests.flows.the_run import facts, run_folder

WORKFLOW = """
name: noted
config: {shared_memory: {enabled: true, inject_into_prompt: true, initial_content: It begins.}}
steps:
  - {id: a, prompt: A2}
  - {id: b, prompt: "B {{steps.a.output}}", depends_on: [a]}
  - {id: c, prompt: "C {{steps.b.output}}", depends_on: [b]}
"""
SCRIPT = """
answers:
  - {step: a, calls: [{tool: write_memory, arguments: {text: found by a}}], answer: a is done}
  - step: b
    attempts:
      - {fail: rejected, message: not yet}
      - {calls: [{tool: write_memory, arguments: {text: found by b}}], answer: b is done}
default: "{{step}} of {{prompt}}"
"""
SHOWN = "--- Shared Memory (read-only context from other agents) ---\n{}\n--- End Shared Memory ---\n\n"


@pytest.fixture(autouse=True)
def _ended() -> None:
    """Run the workflow, and go on once, so that all steps have completed."""
    Path("w.yaml").write_text(WORKFLOW, encoding="utf-8")
    Path("mock.yaml").write_text(SCRIPT, encoding="utf-8")
    assert goflow("run", "w.yaml", "--mock=mock.yaml").code == 1
    assert goflow("resume", "@last").code == 0
    assert entries() == ["[assistant] found by a", "[assistant] found by b"]


def entries(folder: Path | None = None) -> list[str]:
    path = (folder or run_folder()) / "memory.md"
    first, *lines = path.read_text(encoding="utf-8").splitlines()
    assert first == "It begins."
    return [re.sub(r"^\[[^]]*\] ", "", line) for line in lines]


def go_on(edited: str, *flags: str) -> None:
    Path("w.yaml").write_text(edited, encoding="utf-8")
    done = goflow("resume", "@last", "--allow-changed", *flags)
    assert done.code == 0, done.stderr


def test_a_step_that_is_done_again_because_it_changed_does_not_see_what_it_wrote_before() -> None:
    go_on(WORKFLOW.replace("A2", "A3"))

    again = [fact for fact in facts(AttemptStarted) if fact.step == "a"][-1]
    assert again.prompt == SHOWN.format("It begins.") + "A3"
    assert entries() == ["[assistant] found by a", "[assistant] found by b"]
    assert facts(RunReopened)[-1].rewritten == ("a", "b", "c")
    assert [fact.step for fact in facts(StepReused)] == ["b", "c"]


@pytest.mark.parametrize(
    "edited",
    [
        WORKFLOW.replace("A2", "A3"),
        WORKFLOW.replace("C {{", "CC {{"),
        re.sub(r"  - {id: b.*\n", "", WORKFLOW).replace("C {{steps.b", "C {{steps.a").replace("[b]", "[a]"),
    ],
    ids=["first", "last", "gone"],
)
def test_a_run_that_went_on_with_changed_files_can_be_replayed_and_verified(edited: str) -> None:
    go_on(edited)
    verified = goflow("verify", "@last")
    replayed = goflow("run", "w.yaml", "--replay", str(run_folder()), "--audit-dir", "replays")

    by_b = ["[assistant] found by b"] if "id: b" in edited else []
    assert entries() == ["[assistant] found by a", *by_b]
    assert verified.code == 0, verified.stderr
    assert replayed.code == 0, replayed.stderr


def test_what_is_written_as_it_was_keeps_its_entries() -> None:
    go_on(WORKFLOW + "# a comment\n")

    assert entries() == ["[assistant] found by a", "[assistant] found by b"]
    assert facts(RunReopened)[-1].rewritten == ()


def test_the_cache_keeps_what_a_step_wrote_since_it_changed_and_no_more() -> None:
    go_on(WORKFLOW.replace("A2", "A3"), "--cache")

    goflow("run", "w.yaml", "--mock=mock.yaml", "--cache", "--audit-dir", "cached")

    (folder,) = Path("cached").iterdir()
    assert "reused" in (folder / "events.jsonl").read_text(encoding="utf-8")
    assert entries(folder) == ["[assistant] found by a"]


TALK = """
name: talk
steps:
  - {id: look, agent: reader, prompt: Look at w.yaml, interactive: true}
agents: {reader: {inline: {prompt: Read., tools: [view]}}}
"""
LOOKS = """
answers:
  - step: look
    calls: [{tool: view, arguments: {path: w.yaml}}]
    ask: {question: Which?}
    answer: "{{answer}}"
"""


@pytest.mark.parametrize(
    ("edited", "calls"), [(TALK.replace("Look at", "Look into"), 2), (TALK + "# no more\n", 1)]
)
def test_a_step_that_was_cut_off_and_is_written_differently_begins_anew(edited: str, calls: int) -> None:
    Path("w.yaml").write_text(TALK, encoding="utf-8")
    Path("mock.yaml").write_text(LOOKS, encoding="utf-8")
    Path("answers.yaml").write_text("look: this one\n", encoding="utf-8")
    assert goflow("run", "w.yaml", "--mock=mock.yaml").code == 5
    go_on(edited, "--answers", "answers.yaml")

    assert sum(fact.step == "look" for fact in facts(ToolReturned)) == calls
