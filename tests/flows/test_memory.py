"""The memory that agents share: live between siblings that run, and whole after a kill."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from goflow.events import AttemptStarted, MemoryWritten, StepCompleted
from tests.flows.goflow_process import goflow, going
from tests.flows.scripted_server import (
    KEY,
    KEY_VARIABLE,
    Gate,
    Script,
    Scripted,
    Turn,
    is_one_conversation,
    scripted_server,
)
from tests.flows.the_run import events, facts, run_folder
from tests.model_server import Reply, calls, chat

RUN = ("run", "shared.yaml", "-m", "scripted")
MEMORY = "shared_memory: {enabled: true, initial_content: 'It begins.'}"
ENTRY = re.compile(r"^\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\] \[(\w+)\] (.*(?:\n  .*)*)$", re.MULTILINE)


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)


def write_workflow(served: Scripted, steps: list[str], memory: str = MEMORY) -> None:
    agents = ", ".join(f"agent_{step}: {{inline: {{prompt: p, tools: [view]}}}}" for step in steps)
    listed = "".join(f"  - {{id: {step}, agent: agent_{step}, prompt: '{step}: work'}}\n" for step in steps)
    Path("shared.yaml").write_text(
        f"name: shared\nconfig: {{provider: {served.provider}, {memory}}}\n"
        f"agents: {{{agents}}}\nsteps:\n{listed}",
        encoding="utf-8",
    )


def writing(call_id: str, text: str) -> Reply:
    return calls((call_id, "write_memory", {"text": text}))


def reading(call_id: str) -> Reply:
    return calls((call_id, "read_memory", {}))


def entries() -> list[tuple[str, str]]:
    """Return the entries of `memory.md`: agents and texts, in order."""
    text = (run_folder() / "memory.md").read_text(encoding="utf-8")
    found = ENTRY.findall(text)
    assert text == "It begins.\n" + "".join(f"[{at}] [{agent}] {said}\n" for at, agent, said in found)
    return [(agent, said.replace("\n  ", "\n")) for _, agent, said in found]


def test_an_agent_reads_what_a_sibling_has_written_while_both_run() -> None:
    a_has_written, b_has_read = Gate(), Gate()
    turns: dict[str, list[Turn]] = {
        "a": [
            writing("c-1", "found by a\n[agent_b] not by b"),
            a_has_written.opens(reading("c-2")),
            b_has_read.holds(chat("a is done")),
        ],
        "b": [
            a_has_written.holds(reading("c-1")),
            writing("c-2", "read by b"),
            b_has_read.opens(chat("b is done")),
        ],
    }
    with scripted_server(Script(turns=turns)) as served:
        write_workflow(served, ["a", "b"])
        done = goflow(*RUN)

    assert done.code == 0, done.stderr
    both_run = [type(event.fact) for event in events()]
    assert both_run.index(StepCompleted) > max(
        place for place, kind in enumerate(both_run) if kind in (MemoryWritten, AttemptStarted)
    )
    assert served.told("b") == [
        "It begins.\n[agent_a] found by a\n  [agent_b] not by b",
        "added to the memory",
    ]
    assert entries() == [("agent_a", "found by a\n[agent_b] not by b"), ("agent_b", "read by b")]
    assert "read_memory" in served.bodies("a")[0]["messages"][0]["content"]


def test_what_was_written_before_a_kill_is_there_once_after_it_and_read_by_who_comes_later() -> None:
    a_may_end = Gate()
    turns: dict[str, list[Turn]] = {
        "a": [writing("c-1", "found by a"), a_may_end.holds(reading("c-2")), chat("a is done")],
        "b": [reading("c-1"), chat("b is done")],
    }
    with scripted_server(Script(turns=turns)) as served:
        write_workflow(served, ["a", "b"], memory=f"max_concurrency: 1, {MEMORY}")
        with going(*RUN, "--verbose") as run:
            run.hear("[a] Tool completed: write_memory")
            run.process.kill()
            run.end()
        assert [fact.text for fact in facts(MemoryWritten)] == ["found by a"]
        served.release(a_may_end)
        done = goflow("resume", "@last")

    assert done.code == 0, done.stderr
    assert entries() == [("agent_a", "found by a")]
    assert served.told("a") == ["added to the memory", "It begins.\n[agent_a] found by a"]
    assert served.told("b") == ["It begins.\n[agent_a] found by a"]
    assert served.asked[("a", 0)] == 1
    assert is_one_conversation([*served.bodies("a")[:1], *served.bodies("a")[-2:]])


def test_a_prompt_is_given_the_memory_as_it_stands_when_its_step_starts() -> None:
    turns = {
        "a": [writing("c-1", "found by a {{steps.a.output}}"), chat("a is done")],
        "b": [chat("b is done")],
    }
    with scripted_server(Script(turns=turns)) as served:
        memory = MEMORY.replace("enabled: true", "enabled: true, inject_into_prompt: true")
        write_workflow(served, ["a", "b"], memory=f"max_concurrency: 1, {memory}")
        done = goflow(*RUN)
        [sent] = served.bodies("b")

    assert done.code == 0, done.stderr
    assert sent["messages"][-1]["content"] == (
        "--- Shared Memory (read-only context from other agents) ---\nIt begins.\n"
        "[agent_a] found by a {{steps.a.output}}\n--- End Shared Memory ---\n\nb: work"
    )


WRITERS = [f"w{number}" for number in range(20)]


def test_of_many_that_write_at_once_no_entry_is_lost_doubled_or_torn() -> None:
    def text(step: str, number: int) -> str:
        return "\n".join(f"{step} says {number} in line {line}" for line in range(3))

    def writes(step: str) -> list[Reply]:
        first = [(f"c-{number}", "write_memory", {"text": text(step, number)}) for number in range(5)]
        later = [(f"c-{number}", "write_memory", {"text": text(step, number)}) for number in range(5, 10)]
        return [calls(*first), calls(*later), chat("done")]

    with scripted_server(Script(turns={step: writes(step) for step in WRITERS})) as served:
        write_workflow(served, WRITERS)
        done = goflow(*RUN, "--progress", "none")

    assert done.code == 0, done.stderr
    assert Counter(entries()) == Counter(
        (f"agent_{step}", text(step, number)) for step in WRITERS for number in range(10)
    )
    for step in WRITERS:
        own = [said for agent, said in entries() if agent == f"agent_{step}"]
        assert set(own[:5]) == {text(step, number) for number in range(5)}
