"""What a plan is expected to take: who would be asked, for which price, within which limits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from goflow.api import RunOptions, this_host
from goflow.api.forecasting import Outlook, look_ahead
from goflow.api.forecasting_gates import LimitGate
from goflow.api.learning import open_history
from goflow.api.simulating import rehearse
from goflow.api.statistics import remembered
from goflow.governor import LimitSpec
from tests.unit.projections.earlier import run_of, sample

WORKFLOW = """
name: w
config: {model: gpt-5-mini}
limits: {gpt-5-mini: {rpm: 60}}
steps:
  - {id: a, prompt: Go, settings: {max_tokens: 100}}
  - {id: b, prompt: "Then {{steps.a.output}}", depends_on: [a], model: claude-sonnet-5-5}
"""
KEYS = {"OPENAI_API_KEY": "key-1", "ANTHROPIC_API_KEY": "key-2"}


def outlook(workflow: str = WORKFLOW, environ: Mapping[str, str] | None = None, **asked: object) -> Outlook:
    Path("w.yaml").write_text(workflow, encoding="utf-8")
    state = {"XDG_STATE_HOME": str(Path("state").absolute())}
    host = this_host(environ={**state, **(KEYS if environ is None else environ)})
    prepared = rehearse("w.yaml", {}, options=RunOptions(), host=host).prepared
    return look_ahead(prepared, **asked)  # type: ignore[arg-type]


def test_models_are_found_with_their_prices_and_limits() -> None:
    found = outlook()

    assert {name: model.who for name, model in found.chosen.items()} == {
        "a": "openai:gpt-5-mini",
        "b": "anthropic:claude-sonnet-5-5",
    }
    assert found.models["gpt-5-mini"].price is not None
    assert found.limits == {"openai:gpt-5-mini": LimitSpec(rpm=60)}
    assert found.forecast.steps["a"].output_tokens.high <= 400
    assert found.backend == "llm"


def test_without_a_key_it_is_said_which_is_missing_and_who_is_asked_instead() -> None:
    found = outlook(environ={"OPENAI_API_KEY": "key-1"})

    missing = found.models["claude-sonnet-5-5"]
    assert missing.missing == "the key `ANTHROPIC_API_KEY` is not set"
    assert missing.who == "anthropic:claude-sonnet-5-5"
    assert found.chosen["b"].who == "openai:gpt-5-mini"
    assert "key-1" not in repr(found)


def test_without_any_key_the_models_are_those_that_there_would_be() -> None:
    found = outlook(environ={})

    assert [model.who for model in found.chosen.values()] == [
        "openai:gpt-5-mini",
        "anthropic:claude-sonnet-5-5",
    ]
    assert all(model.missing for model in found.models.values())
    assert found.forecast.cost_usd is not None


def test_a_workflow_that_names_no_model_is_forecast_without_a_key_too() -> None:
    found = outlook("name: w\nsteps: [{id: a, prompt: Go}]\n", environ={})

    assert found.chosen["a"].missing
    assert list(found.models) == [None]


def test_what_nobody_knows_is_missing_and_unpriced() -> None:
    found = outlook(
        "name: w\nconfig: {provider: {type: ollama, wire_api: chat}}\n"
        "steps: [{id: a, prompt: Go, model: m}]\n",
        environ={},
    )

    assert found.chosen["a"].who == "nobody"
    assert "ollama has no `wire_api` to choose" in found.chosen["a"].missing
    assert found.forecast.unpriced == ("a",)


def test_whole_agents_are_unpriced_and_have_no_limits() -> None:
    found = outlook(backend="cli")

    assert {model.who for model in found.chosen.values()} == {"the `copilot` command"}
    assert found.limits == {}
    assert found.forecast.unpriced == ("a", "b")


def test_a_mock_asks_nobody_and_costs_nothing() -> None:
    found = outlook(backend="mock", environ={})

    assert (found.models, found.chosen, found.limits) == ({}, {}, {})
    assert found.forecast.cost_usd is not None
    assert found.forecast.cost_usd.high == 0


def test_rpm_stands_in_place_of_what_limits_say() -> None:
    assert outlook(rpm=6).limits["openai:gpt-5-mini"].rpm == 6
    assert outlook(rpm=0).limits == {}


def leave_runs(count: int, *, path: str = "w.yaml", backend: str = "llm", workflow: str = "w") -> None:
    host = this_host(environ={"XDG_STATE_HOME": str(Path("state").absolute())})
    for number in range(count):
        run = run_of(
            sample("a", duration_ms=1000 + number),
            run_id=f"{backend}-{workflow}-{number}",
            backend=backend,
            path=str(Path(path).absolute()),
            workflow=workflow,
            ended_ms=number,
        )
        open_history(host).append(run)


def test_earlier_runs_of_the_same_backend_count_and_others_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leave_runs(3)
    leave_runs(2, backend="mock")

    assert outlook().forecast.runs == 3
    assert outlook().other_runs == {"mock": 2}
    assert outlook(backend="mock").other_runs == {"llm": 3}
    monkeypatch.setenv("GOFLOW_HISTORY", "0")
    assert outlook().forecast.runs == 0


def test_statistics_are_of_a_file_a_name_a_backend_or_the_last_runs() -> None:
    leave_runs(5)
    leave_runs(2, backend="mock")
    leave_runs(1, path="other.yaml", workflow="other")
    host = this_host(environ={"XDG_STATE_HOME": str(Path("state").absolute())})

    def told(**wanted: object) -> list[tuple[str, str, int]]:
        found = remembered(host, **wanted)  # type: ignore[arg-type]
        return [(each.workflow, each.backend, each.runs) for each in found]

    assert told() == [("w", "llm", 5), ("w", "mock", 2), ("other", "llm", 1)]
    assert told(named="w.yaml") == told(named="w") == [("w", "llm", 5), ("w", "mock", 2)]
    assert told(named="other", backend="mock") == []
    assert told(backend="llm", last=2) == [("w", "llm", 2), ("other", "llm", 1)]


def entered(gate: LimitGate, count: int, tokens: float = 0) -> list[float | None]:
    return [gate.enter(0, tokens) for _ in range(count)]


def test_a_gate_lets_a_burst_go_and_spaces_what_follows() -> None:
    assert entered(LimitGate(LimitSpec(rpm=60)), 7) == pytest.approx([0, 0, 0, 0, 0, 1000, 2000])
    assert entered(LimitGate(LimitSpec(tpm=600)), 3, 100) == pytest.approx([0, 10_000, 20_000])


def test_a_gate_for_so_many_at_once_waits_for_an_end() -> None:
    gate = LimitGate(LimitSpec(concurrency=2))

    assert entered(gate, 3) == [0, 0, None]
    gate.leave()
    assert gate.enter(50, 0) == 50
