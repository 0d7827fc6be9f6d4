from __future__ import annotations

from pathlib import Path

import pytest

from goflow.loader.load import load_bundle
from goflow.planning.notices import unhonoured
from tests.unit.planning.checked import AGENT_FILE

PLAIN = """name: w
agents: {reader: {inline: {prompt: x}}}
steps:
  - {id: a, prompt: x}
"""

TOOLS = "tools are not available to models yet, so these agents answer without any: reader"
SERVERS = "MCP servers are not started yet, so these agents answer without their tools: reader"
SKILLS = "skills are not given to agents yet, so these files are only checked: s.md, t.md"
HOOKS = "hooks are not run yet, so nothing happens around the tool calls of these agents: reader"
OTHERS = "agents cannot call other agents yet, so these answer alone: reader"
HANDOFFS = "agents cannot hand over to others yet, so these answer themselves: reader"
ASKING = "agents cannot ask questions yet, so these steps run without asking anybody: a"
FOLDERS = "agents cannot read files yet, so the `extra_dirs` of these steps stay closed to them: a"
SETTINGS = (
    "the `copilot` command takes no settings, so those of these agents and steps have no effect: reader, a"
)
MEMORY = "shared memory is not available yet, so agents neither read nor write it and prompts go without it"


def notices(text: str, backend: str, agent: str | None = None) -> list[str]:
    Path("w.yaml").write_text(text, encoding="utf-8")
    for skill in ("s.md", "t.md"):
        Path(skill).write_text("# skill", encoding="utf-8")
    if agent is not None:
        Path(AGENT_FILE).write_text(agent, encoding="utf-8")
    bundle = load_bundle("w.yaml", cwd=Path.cwd())
    assert bundle.problems == ()
    return list(unhonoured(bundle, backend))


@pytest.mark.parametrize("backend", ["llm", "cli", "mock"])
def test_a_workflow_that_asks_for_nothing_more_gets_no_notice(backend: str) -> None:
    assert notices(PLAIN, backend) == []


@pytest.mark.parametrize(
    ("front", "notice"),
    [
        ("mcp-servers: {files: {command: serve}}", SERVERS),
        ("hooks: {onPreToolUse: ./check}", HOOKS),
        ("agents: [other]", OTHERS),
        ("handoffs: [{agent: other}]", HANDOFFS),
    ],
)
def test_what_no_backend_does_yet_is_said_of_each_but_the_mock(front: str, notice: str) -> None:
    text = PLAIN.replace("{inline: {prompt: x}}", f"{{file: {AGENT_FILE}}}")
    agent = f"---\nname: reader\n{front}\n---\nRead.\n"

    assert [notices(text, backend, agent) for backend in ("llm", "cli", "mock")] == [[notice], [notice], []]


def test_skills_of_the_workflow_and_of_steps_are_named_once() -> None:
    text = PLAIN.replace("prompt: x}\n", "prompt: x, skills: [s.md, t.md]}\n") + "skills: [s.md]\n"

    assert [notices(text, backend) for backend in ("llm", "cli", "mock")] == [[SKILLS], [SKILLS], []]


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        (PLAIN.replace("{prompt: x}", "{prompt: x, tools: [grep]}"), TOOLS),
        (PLAIN.replace("prompt: x}\n", "prompt: x, extra_dirs: [more]}\n"), FOLDERS),
        (PLAIN.replace("prompt: x}\n", "prompt: x, interactive: true}\n"), ASKING),
        (PLAIN + "config: {interactive: true}\n", ASKING),
    ],
)
def test_what_the_copilot_command_does_is_said_of_models_alone(text: str, notice: str) -> None:
    assert [notices(text, backend) for backend in ("llm", "cli", "mock")] == [[notice], [], []]


def test_a_step_that_says_it_is_not_interactive_needs_no_notice() -> None:
    text = PLAIN.replace("prompt: x}\n", "prompt: x, interactive: false}\n") + "config: {interactive: true}\n"

    assert notices(text, "llm") == []


def test_settings_are_said_of_the_copilot_command_alone() -> None:
    settings = "settings: {temperature: 0.5}"
    text = PLAIN.replace("{prompt: x}", f"{{prompt: x, {settings}}}").replace(
        "prompt: x}\n", f"prompt: x, {settings}}}\n"
    )

    assert [notices(text, backend) for backend in ("llm", "cli", "mock")] == [[], [SETTINGS], []]


def test_shared_memory_is_said_of_every_backend() -> None:
    text = PLAIN + "config: {shared_memory: {enabled: true}}\n"

    assert [notices(text, backend) for backend in ("llm", "cli", "mock")] == [[MEMORY]] * 3


def test_a_memory_that_is_not_enabled_needs_no_notice() -> None:
    assert notices(PLAIN + "config: {shared_memory: {initial_content: x}}\n", "llm") == []


def test_agents_that_no_step_asks_are_not_named() -> None:
    text = PLAIN.replace("agents: {", "agents: {idle: {inline: {prompt: x, tools: [grep]}}, ")

    assert notices(text, "llm") == []
