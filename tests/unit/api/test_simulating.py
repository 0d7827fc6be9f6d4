"""Runs that are only played."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from goflow.api import RunOptions, this_host
from goflow.api.simulating import Simulation, rehearse, simulate
from goflow.errors import UsageError
from goflow.problems import InvalidWorkflow
from goflow.scheduler.status import StepStatus

WORKFLOW = """
name: talk
config: {cache: true, shared_memory: {enabled: true, inject_into_prompt: true, initial_content: Be brief.}}
agents: {clerk: {inline: {prompt: You ask., tools: [grep, create_file]}}}
steps:
  - {id: ask, agent: clerk, prompt: Ask them, interactive: true, retry_count: 2}
  - {id: write, agent: clerk, prompt: "Write {{steps.ask.output}}", depends_on: [ask]}
"""
STUBS = """
answers:
  - step: ask
    times: 2
    fail: overloaded
    retry_after: 9m
    delay: 3h
    ask: {question: Which?, choices: [this, that]}
    answer: "they say {{answer}}"
  - step: write
    calls:
      - {tool: write_memory, arguments: {text: noted by write}}
      - {tool: create_file, arguments: {path: made.txt, content: x}}
    answer: "{{result}}"
"""


def simulated(workflow: str = WORKFLOW, stubs: str | None = STUBS, **options: object) -> Simulation:
    Path("talk.yaml").write_text(workflow, encoding="utf-8")
    script = None
    if stubs is not None:
        script = Path("stubs.yaml")
        script.write_text(stubs, encoding="utf-8")
    chosen = RunOptions(**options)  # type: ignore[arg-type]
    return asyncio.run(simulate(rehearse("talk.yaml", {}, options=chosen, host=this_host(), stubs=script)))


def test_questions_get_stub_answers_and_waits_take_no_time() -> None:
    began = time.monotonic()

    simulation = simulated()

    ask = simulation.walk.steps[0]
    assert ask.seen.output == "they say this"
    assert len(ask.seen.attempts) == 3
    assert [question.answer and question.answer.by for question in ask.questions] == ["stub"]
    assert ask.seen.duration_ms is not None
    assert ask.seen.duration_ms > 6 * 3_600_000 + 2 * 9 * 60_000
    assert time.monotonic() - began < 50


def test_a_question_without_choices_gets_a_plain_answer() -> None:
    simulation = simulated(stubs="answers: [{step: ask, ask: {question: Well?}, answer: '{{answer}}!'}]")

    assert simulation.walk.steps[0].seen.output == "stub answer!"


def test_the_memory_is_that_of_a_run_and_other_tools_are_not_used() -> None:
    write = simulated().walk.steps[1]

    assert write.seen.prompt is not None
    assert write.seen.prompt.endswith("Write they say this")
    assert "Be brief." in write.seen.prompt
    assert [use.result for use in write.calls] == ["added to the memory", "stub result of create_file"]
    assert not Path("made.txt").exists()


def test_nothing_is_left_of_a_simulation() -> None:
    simulation = simulated()

    assert simulation.run.folder is None
    files = (path for path in Path.home().rglob("*") if path.is_file())
    assert sorted(path.name for path in files) == ["stubs.yaml", "talk.yaml"]


def test_a_simulation_tells_the_exit_code_of_its_run() -> None:
    failing = "answers: [{step: ask, fail: rejected, message: no}]"

    assert simulated().exit_code == 0
    assert simulated(stubs=failing).exit_code == 1
    assert simulated(stubs=failing).walk.steps[1].seen.status is StepStatus.NOT_RUN


def test_the_timeout_of_a_run_stops_its_simulation() -> None:
    simulation = simulated(timeout_s=60.0)

    assert simulation.exit_code == 6
    assert simulation.walk.steps[1].seen.status is StepStatus.PENDING


def test_stubs_that_cannot_be_read_or_understood_are_refused() -> None:
    with pytest.raises(InvalidWorkflow, match="holds mistakes"):
        simulated(stubs="answers: 3")
    Path("latin.yaml").write_bytes(b"default: \xe9")
    with pytest.raises(InvalidWorkflow, match="cannot be read"):
        rehearse("talk.yaml", {}, options=RunOptions(), host=this_host(), stubs=Path("latin.yaml"))
    with pytest.raises(UsageError, match="does not exist"):
        rehearse("talk.yaml", {}, options=RunOptions(), host=this_host(), stubs=Path("none.yaml"))
