"""Results of earlier runs where each request costs: what is taken from them is not paid for again."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.flows.goflow_process import goflow
from tests.flows.scripted_server import KEY, KEY_VARIABLE, Scripted, scripted_server, step_of
from tests.model_server import Received, Reply, chat

WORKFLOW = """
name: priced
config: {MODEL_OF_ALL provider: PROVIDER}
steps:
  - {id: a, prompt: "a: WORDS"MODEL_OF_STEP}
  - {id: b, prompt: "b: {{steps.a.output}}", depends_on: [a]MODEL_OF_STEP}
  - {id: c, prompt: "c: alone"MODEL_OF_STEP}
  - {id: d, prompt: "d: alone", depends_on: [c]MODEL_OF_STEP}
"""


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    with scripted_server(answer) as server:
        yield server


def answer(request: Received) -> Reply:
    return chat(f"the answer of {step_of(request)}")


def write(served: Scripted, *, of_step: bool = False, words: str = "ships", more: str = "") -> None:
    text = WORKFLOW.replace("PROVIDER", served.provider).replace("WORDS", words)
    text = text.replace("MODEL_OF_ALL", "" if of_step else "model: m1,")
    text = text.replace("MODEL_OF_STEP", ", model: m1" if of_step else "")
    Path("w.yaml").write_text(text + more, encoding="utf-8")


def asked_by(served: Scripted, *arguments: str) -> list[str]:
    """Run the command; return the steps whose requests the server has seen meanwhile, by name."""
    before = len(served.server.received)
    done = goflow(*arguments, "--progress", "none", "-o", "out.md")
    assert done.code == 0, done.stderr
    return sorted(map(step_of, served.server.received[before:]))


@pytest.mark.parametrize("of_step", [False, True], ids=["model of the workflow", "model of the steps"])
def test_what_an_earlier_run_has_paid_for_is_not_asked_again(served: Scripted, *, of_step: bool) -> None:
    write(served, of_step=of_step)
    first = asked_by(served, "run", "w.yaml")

    assert first == ["a", "b", "c", "d"]
    assert asked_by(served, "rerun", "@last", "--from", "b") == ["b"]
    assert asked_by(served, "rerun", "@last", "--failed") == []
    assert asked_by(served, "rerun", "@last") == first
    assert asked_by(served, "rerun", "@last", "--only", "a") == ["a"]


@pytest.mark.parametrize("of_step", [False, True], ids=["model of the workflow", "model of the steps"])
def test_a_resumed_run_pays_for_what_is_written_differently_alone(served: Scripted, *, of_step: bool) -> None:
    write(served, of_step=of_step)
    asked_by(served, "run", "w.yaml")

    write(served, of_step=of_step, more="# a comment\n")
    after_a_comment = asked_by(served, "resume", "@last", "--allow-changed")
    write(served, of_step=of_step, words="boats")
    after_an_edit = asked_by(served, "resume", "@last", "--allow-changed")

    assert after_a_comment == []
    assert after_an_edit == ["a"]


SECRETIVE = """
name: secretive
config: {model: m1, provider: PROVIDER}
inputs: {pw: {secret: true}, word: {secret: true, default: sesame}}
agents: {clerk: {inline: {prompt: "You know {{inputs.pw}}."}}, other: {inline: {prompt: You work.}}}
steps:
  - {id: a, prompt: "a: summarise account {{inputs.pw}}", agent: other}
  - {id: b, prompt: "b: {{steps.a.output}}", agent: other, depends_on: [a]}
  - {id: c, prompt: "c: say {{inputs.word}}", agent: other}
  - {id: d, prompt: "d: alone", agent: clerk}
"""


@pytest.mark.parametrize("how", [("--failed",), ()])
def test_another_secret_asks_the_steps_that_read_it_and_the_same_one_nobody(
    served: Scripted, how: tuple[str, ...]
) -> None:
    Path("w.yaml").write_text(SECRETIVE.replace("PROVIDER", served.provider), encoding="utf-8")
    word = ("-i", "word=sesame")
    asked_by(served, "run", "w.yaml", "-i", "pw=hunter22")

    with_the_same = asked_by(served, "rerun", "@last", *how, *word, "-i", "pw=hunter22")
    with_another = asked_by(served, "rerun", "@last", *how, *word, "-i", "pw=other999")
    once_more = asked_by(served, "rerun", "@last", *how, *word, "-i", "pw=other999")

    assert (with_the_same, with_another, once_more) == ([], ["a", "d"], [])
    told = [str(request.body["messages"]) for request in served.server.received[-2:]]
    assert ["other999" in each for each in told] == [True, True]


def test_of_another_secret_a_single_step_hears_alone(served: Scripted) -> None:
    Path("w.yaml").write_text(SECRETIVE.replace("PROVIDER", served.provider), encoding="utf-8")
    word = ("-i", "word=sesame")
    asked_by(served, "run", "w.yaml", "-i", "pw=hunter22")

    assert asked_by(served, "rerun", "@last", "--only", "d", *word, "-i", "pw=other999") == ["d"]


def test_an_input_that_has_become_secret_is_compared_with_what_was_kept_of_it(served: Scripted) -> None:
    text = SECRETIVE.replace("PROVIDER", served.provider)
    Path("w.yaml").write_text(text.replace("word: {secret: true, ", "word: {"), encoding="utf-8")
    asked_by(served, "run", "w.yaml", "-i", "pw=hunter22")
    Path("w.yaml").write_text(text, encoding="utf-8")

    asked_by(served, "rerun", "@last", "-i", "pw=hunter22")
    assert asked_by(served, "rerun", "@last", "-i", "pw=hunter22", "-i", "word=sesame") == []
    assert asked_by(served, "rerun", "@last", "-i", "pw=hunter22", "-i", "word=tulip") == ["c"]


@pytest.mark.parametrize("how", [("rerun", "@last", "--failed"), ("resume", "@last", "--allow-changed")])
def test_a_step_that_reads_another_secret_now_is_asked(served: Scripted, how: tuple[str, ...]) -> None:
    secrets = ("-i", "pw=hunter22", "-i", "word=tulip77")
    text = SECRETIVE.replace("PROVIDER", served.provider)
    Path("w.yaml").write_text(text, encoding="utf-8")
    asked_by(served, "run", "w.yaml", *secrets)

    Path("w.yaml").write_text(text.replace("account {{inputs.pw", "account {{inputs.word"), encoding="utf-8")

    assert asked_by(served, *how, *secrets) == ["a"]


VOTES = """
name: votes
config: {model: m1, provider: PROVIDER}
steps:
  - {id: first, prompt: "vote: yes or no?"}
  - {id: second, prompt: "vote: yes or no?"}
  - {id: count, prompt: "count: {{steps.first.output}} {{steps.second.output}}", depends_on: [first, second]}
"""


@pytest.fixture
def votes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    """Serve a model that says another thing each time."""
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    said = count()
    with scripted_server(lambda _: chat(f"answer {next(said)}")) as server:
        Path("w.yaml").write_text(VOTES.replace("PROVIDER", server.provider), encoding="utf-8")
        yield server


def test_steps_that_ask_the_same_keep_the_answer_that_each_of_them_had(votes: Scripted) -> None:
    asked_by(votes, "run", "w.yaml")
    results = Path("out.md").read_text(encoding="utf-8")

    assert asked_by(votes, "rerun", "@last", "--failed") == []
    assert Path("out.md").read_text(encoding="utf-8") == results


def test_a_step_that_is_new_is_asked_though_another_one_has_asked_the_same(votes: Scripted) -> None:
    asked_by(votes, "run", "w.yaml")

    with Path("w.yaml").open("a", encoding="utf-8") as file:
        file.write('  - {id: third, prompt: "vote: yes or no?"}\n')

    assert asked_by(votes, "resume", "@last", "--allow-changed") == ["vote"]


def test_a_step_that_has_another_name_now_takes_the_answer_that_it_had(votes: Scripted) -> None:
    asked_by(votes, "run", "w.yaml")

    path = Path("w.yaml")
    path.write_text(path.read_text(encoding="utf-8").replace("second", "other"), encoding="utf-8")

    assert asked_by(votes, "rerun", "@last", "--failed") == []
