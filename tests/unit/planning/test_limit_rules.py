"""Rules on `limits` and `budget`."""

from __future__ import annotations

import pytest

from tests.unit.planning.checked import problems_of, told

AGENT = "---\nname: helper\nmodel: [gpt-5-mini, claude-haiku-4-5]\nsettings: {max_tokens: 90}\n---\nHelp.\n"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("workflow"))


def workflow(top: str, steps: str, *, agents: bool = False) -> str:
    named = "agents: {helper: {file: helper.agent.md}}\n" if agents else ""
    return f"name: w\n{top}\n{named}steps:\n{steps}"


STEP = "- {id: a, prompt: x, model: 'openai:gpt-5-mini'}\n"


@pytest.mark.parametrize("name", ["openai", "gpt-5-mini", "openai:gpt-5-mini", "something-else"])
def test_a_limit_may_name_a_model_a_provider_or_what_a_flag_will_bring(name: str) -> None:
    assert problems_of(workflow(f"limits: {{'{name}': {{rpm: 1}}}}", STEP)) == ()


@pytest.mark.parametrize(
    ("top", "name"),
    [
        ("limits: {opanai: {rpm: 1}}", "opanai"),
        ("limits: {claude-haiku-4-6: {rpm: 1}}\nconfig: {model: claude-haiku-4-5}", "claude-haiku-4-6"),
        ("limits: {ollma: {rpm: 1}}\nconfig: {provider: {type: ollama}}", "ollma"),
    ],
)
def test_a_limit_that_nearly_names_a_model_is_told(top: str, name: str) -> None:
    [problem] = problems_of(workflow(top, STEP))
    assert told(problem) == f"2 {name} warning[GF219] `limits` names `{name}`, which no step asks"
    assert problem.help is not None


def test_the_models_of_agents_are_known() -> None:
    text = workflow("limits: {gpt-5-mni: {rpm: 1}}", "- {id: a, prompt: x, agent: helper}\n", agents=True)
    [problem] = problems_of(text, agent=AGENT)
    assert problem.help == "did you mean `gpt-5-mini`?"


@pytest.mark.parametrize(
    ("top", "steps", "told_of"),
    [
        ("budget: {cost_usd: 1}", STEP, ["a"]),
        ("budget: {time: 1m}", STEP, []),
        ("x-none:", "- {id: a, prompt: x, budget: {tokens: 1}}\n", ["a"]),
        ("x-none:", "- {id: a, prompt: x, budget: {time: 1m}}\n", []),
        ("budget: {tokens: 1}", "- {id: a, prompt: x, settings: {max_tokens: 5}}\n", []),
        ("budget: {tokens: 1}", "- {id: a, prompt: x, settings: {seed: 5}}\n", ["a"]),
    ],
)
def test_a_budget_over_answers_that_nothing_bounds_is_told(top: str, steps: str, told_of: list[str]) -> None:
    found = problems_of(workflow(top, steps))
    assert [problem.code for problem in found] == ["GF220"] * len(told_of)
    for problem, step in zip(found, told_of, strict=True):
        assert f"the answers of {step}," in problem.message


def test_an_agents_settings_bound_the_answers_of_its_steps() -> None:
    text = workflow("budget: {tokens: 1}", "- {id: a, prompt: x, agent: helper}\n", agents=True)
    assert problems_of(text, agent=AGENT) == ()
