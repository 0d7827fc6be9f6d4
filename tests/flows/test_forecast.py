"""What a run may cost and take, as whole processes: told before it, held to what it takes, added up after."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.flows.goflow_process import goflow, going, tree
from tests.flows.scripted_server import KEY, KEY_VARIABLE, scripted_server
from tests.model_server import Received, Reply, chat

ENVIRON = {KEY_VARIABLE: KEY}
STEPS = """
steps:
  - {id: read, prompt: Read it.}
  - {id: judge, prompt: "Judge: {{steps.read.output}}", depends_on: [read]}
  - id: mend
    prompt: Mend it.
    depends_on: [judge]
    condition: {step: judge, contains: broken}
"""
ANSWERS = """
default: {answer: Fine., delay: 20ms, usage: {requests: 1, input_tokens: 1000, cost_usd: 0.04}}
"""


def write(config: str, *, name: str = "review.yaml") -> str:
    Path(name).write_text(f"name: review\nconfig: {{{config}}}\n{STEPS}", encoding="utf-8")
    Path("answers.yaml").write_text(ANSWERS, encoding="utf-8")
    return name


def forecast(workflow: str, *flags: str, environ: dict[str, str] | None = None) -> dict[str, Any]:
    done = goflow("plan", workflow, "--format", "json", *flags, environ=environ)
    assert done.code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)["forecast"]
    return found


def run_mock(workflow: str, times: int, flags: Sequence[str] = ()) -> None:
    for _ in range(times):
        done = goflow("run", workflow, "--mock=answers.yaml", *flags)
        assert done.code == 0, done.stderr


def test_a_plan_without_a_key_forecasts_says_what_is_missing_and_leaves_nothing() -> None:
    workflow = write("model: gpt-5-mini")
    before = tree(Path.cwd())

    page = goflow("plan", workflow)
    found = forecast(workflow)

    assert page.code == 0
    assert b"a guess: no earlier run" in page.stdout
    assert b"the key `OPENAI_API_KEY` is not set; the run would not start" in page.stdout
    assert found["is_guess"] is True
    assert found["models"][0]["asks"] == "openai:gpt-5-mini"
    assert found["cost_usd"]["high"] > found["cost_usd"]["low"] > 0
    assert tree(Path.cwd()) == before


def test_a_model_without_a_price_is_unpriced_in_text_and_json() -> None:
    workflow = write("model: 'ollama:some-model'")

    assert b"unpriced: no price is known of ollama:some-model" in goflow("plan", workflow).stdout
    found = forecast(workflow)
    assert found["cost_usd"] is None
    assert found["unpriced_steps"] == ["read", "judge", "mend"]
    assert [step["cost_usd"] for step in found["steps"]] == [None, None, None]


def test_runs_over_http_teach_the_forecast_their_tokens_and_that_they_have_no_price() -> None:
    def answer(request: Received) -> Reply:
        assert request.body["model"] == "own-model"
        return chat("Fine.", prompt_tokens=1234, completion_tokens=56, total_tokens=1290)

    with scripted_server(answer) as served:
        workflow = write(f"model: own-model, provider: {served.provider}")
        for _ in range(3):
            assert goflow("run", workflow, environ=ENVIRON).code == 0
        found = forecast(workflow, environ=ENVIRON)
        without_key = forecast(workflow)
        stats = json.loads(goflow("stats", workflow, "--format", "json").stdout)

    assert found["earlier_runs"] == 3
    read, judge, mend = found["steps"]
    assert read["from"] == judge["from"] == "runs"
    assert read["is_input_estimated"] is False
    assert read["input_tokens"]["low"] < 1234 < read["input_tokens"]["high"]
    assert (mend["from"], mend["skip_rate"]) == ("guess", 1.0)
    assert found["seconds"]["high"] > found["seconds"]["low"] > 0
    assert found["models"][0]["missing"] is None
    assert without_key["models"][0]["missing"]
    assert without_key["steps"][0]["from"] == "runs"
    [told] = stats["workflows"]
    assert (told["backend"], told["runs"], told["success_rate"]) == ("llm", 3, 1.0)
    assert told["tokens"]["p50"] == 2 * 1290
    assert told["cost_usd"] is None
    assert found["unpriced_steps"][:2] == ["read", "judge"]


def test_a_dear_run_is_not_begun_unless_it_is_bounded_or_allowed() -> None:
    workflow = write("model: gpt-5-mini")
    run_mock(workflow, 3)
    runs = tree(Path(".workflow-runs"))

    refused = goflow("run", workflow, "--mock=answers.yaml", "--confirm-over", "0.05")

    assert refused.code == 2
    assert "error: the run may cost up to $0." in refused.stderr
    assert "--budget cost_usd=0.05" in refused.stderr
    assert tree(Path(".workflow-runs")) == runs
    run_mock(workflow, 1, ["--confirm-over", "1"])
    bounded = goflow(
        "run", workflow, "--mock=answers.yaml", "--confirm-over", "0.05", "--budget", "cost_usd=0.05"
    )
    assert bounded.code != 2


def test_an_amount_that_is_none_is_refused_before_anything_is_asked() -> None:
    with going("run", write("model: gpt-5-mini"), "--confirm-over", "lots") as process:
        done = process.end()

    assert done.code == 2
    assert "`--confirm-over` takes US dollars" in done.stderr


def test_what_if_and_statistics_go_by_the_same_history() -> None:
    workflow = write("model: gpt-5-mini")
    run_mock(workflow, 3)

    page = goflow("plan", workflow, "--backend", "mock", "--what-if", "max_concurrency=1")
    stats = goflow("stats", "review")

    assert b"from         3 earlier runs (`mock`)" in page.stdout
    assert b"max_concurrency=1\n" in page.stdout.partition(b"\nwhat if\n")[2]
    assert stats.stdout.splitlines()[1].split()[:3] == [b"review", b"mock", b"3"]
    assert b"\njudge  gpt-5-mini     3" in stats.stdout


def test_statistics_without_a_history_say_how_it_comes_about() -> None:
    done = goflow("stats")

    assert (done.code, done.stdout) == (0, b"")
    assert "goflow run FILE" in done.stderr
