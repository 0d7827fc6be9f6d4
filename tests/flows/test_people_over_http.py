"""Questions that a model asks people: whoever answers, and whatever happens, the conversation goes on."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path

import pytest

from goflow.events import QuestionAnswered, QuestionAsked
from tests.flows.goflow_process import Done, goflow, going
from tests.flows.person import PROMPT, person
from tests.flows.scripted_server import (
    KEY,
    KEY_VARIABLE,
    Script,
    Scripted,
    is_one_conversation,
    scripted_server,
    told,
)
from tests.flows.the_run import facts
from tests.model_server import Received, Reply, calls, chat

RUN = ("run", "ask.yaml", "-m", "scripted", "--progress", "none")
RESUME = ("resume", "@last", "--progress", "none")
LOUD = ("run", "ask.yaml", "-m", "scripted")
WORKFLOW = """
name: ask
config: {provider: PROVIDER}
agents: {guide: {inline: {prompt: "You guide.", tools: [view]}}}
steps:
  - {id: a, prompt: "a: which way?", interactive: true}
  - {id: b, prompt: "b: meanwhile"}
  - {id: c, prompt: "c: after {{steps.a.output}}", depends_on: [a]}
"""


def conclude(request: Received) -> Reply:
    """Answer with all that the model was told."""
    return chat(" / ".join(told(request)))


SCRIPT = Script(
    turns={
        "a": [
            calls(("c-1", "ask_user", {"question": "Which way?", "choices": ["left", "right"]})),
            calls(("c-1", "view", {"path": "no-such-file"})),
            calls(("c-1", "ask_user", {"question": "How far?"})),
            conclude,
        ],
        "b": [chat("done meanwhile")],
        "c": [chat("arrived")],
    }
)
ONCE = Counter({("a", 0): 1, ("a", 1): 1, ("a", 2): 1, ("a", 3): 1, ("b", 0): 1, ("c", 0): 1})
"""What a run asks that nothing happens to."""


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)


def write_workflow(served: Scripted) -> None:
    Path("ask.yaml").write_text(WORKFLOW.replace("PROVIDER", served.provider), encoding="utf-8")


def check(done: Done | tuple[int, bytes], way: str, far: str) -> None:
    code, stdout = done if isinstance(done, tuple) else (done.code, done.stdout)
    assert code == 0
    output = stdout.split(b"## Step: a\n\n")[1].split(b"\n")[0].decode()
    assert output.startswith(f"{way} / error: ")
    assert output.endswith(f" / {far}")
    assert list(dict.fromkeys(question.text for question in facts(QuestionAsked))) == [
        "Which way?",
        "How far?",
    ]


def test_a_person_at_the_terminal_answers_a_model() -> None:
    with scripted_server(SCRIPT) as served:
        write_workflow(served)
        with person(*RUN) as somebody:
            somebody.wait_for(f"? a asks\n  Which way?\n  1. left\n  2. right\n{PROMPT}")
            somebody.type("2\n")
            somebody.wait_for("? a asks\n  How far?\n  your answer (ctrl-d: no answer): ")
            somebody.type("to the end\n")
            done = somebody.end()

    check(done, "right", "to the end")
    assert served.asked == ONCE
    assert is_one_conversation(served.bodies("a"))


def test_a_pipe_and_a_file_answer_a_model() -> None:
    Path("answers.yaml").write_text("How far?: to the file\na: 2\n", encoding="utf-8")
    with scripted_server(SCRIPT) as served:
        write_workflow(served)
        piped = goflow(*RUN, "--audit-dir", "piped", stdin=b"1\nto the pipe\n")
        filed = goflow(*RUN, "--answers", "answers.yaml")

    check(filed, "right", "to the file")
    assert piped.code == 0
    assert b"left / error: " in piped.stdout
    assert b" / to the pipe\n" in piped.stdout
    assert served.asked == dict.fromkeys(ONCE, 2)


def test_another_process_answers_a_model_while_the_run_goes_on() -> None:
    with scripted_server(SCRIPT) as served:
        write_workflow(served)
        with going(*LOUD, stdin=subprocess.PIPE) as run:
            run.hear("a asks")
            assert goflow("answer", "@last", "2").code == 0
            run.hear("a asks")
            assert goflow("answer", "@last", "--step", "a", "to the moon").code == 0
            run.hear("completed")
            done = run.end()

    check(done, "right", "to the moon")
    assert [answered.by for answered in facts(QuestionAnswered)] == ["goflow answer"] * 2
    assert served.asked == ONCE


def test_where_nobody_can_answer_the_run_stops_and_goes_on_with_the_answer() -> None:
    with scripted_server(SCRIPT) as served:
        write_workflow(served)
        first = goflow(*RUN)
        left = goflow("answer", "@last", "2")
        second = goflow(*RESUME)
        third = goflow(*RESUME, stdin=b"to the end\n")

    assert [first.code, left.code, second.code] == [5, 0, 5]
    assert b"done meanwhile" in first.stdout
    assert "goflow answer" in first.stderr
    check(third, "right", "to the end")
    assert served.asked == ONCE
    assert is_one_conversation(served.bodies("a"))


@pytest.mark.parametrize("is_answered_before", [True, False])
def test_a_run_killed_while_a_model_waits_for_a_person_goes_on_with_the_answer(
    *, is_answered_before: bool
) -> None:
    Path("answers.yaml").write_text("[to the end]", encoding="utf-8")
    with scripted_server(SCRIPT) as served:
        write_workflow(served)
        with going(*LOUD, stdin=subprocess.PIPE) as run:
            run.hear("b done")
            run.stdin.write(b"2\n")
            run.stdin.flush()
            run.hear("How far?")
            run.process.kill()
            run.end()
        if is_answered_before:
            assert goflow("answer", "@last", "to the end").code == 0
            done = goflow(*RESUME)
        else:
            done = goflow(*RESUME, "--answers", "answers.yaml")

    check(done, "right", "to the end")
    assert [answered.text for answered in facts(QuestionAnswered)] == ["right", "to the end"]
    assert served.asked == ONCE
    assert is_one_conversation(served.bodies("a"))
