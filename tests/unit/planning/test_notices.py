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

SERVERS = "MCP servers are not started yet, so these agents answer without their tools: reader"
SKILLS = "skills are not given to agents yet, so these files are only checked: s.md, t.md"
HOOKS = "hooks are not run yet, so nothing happens around the tool calls of these agents: reader"
OTHERS = "agents cannot call other agents yet, so these answer alone: reader"
HANDOFFS = "agents cannot hand over to others yet, so these answer themselves: reader"
SETTINGS = (
    "the `copilot` command takes no settings, so those of these agents and steps have no effect: reader, a"
)
MEMORY = (
    "the `copilot` command has no tools for the shared memory: these steps can be shown it, not write it: a"
)
RULES = "the `copilot` command has rules of its own, so the `permissions` of these have no effect: reader, a"
FILES = "the `copilot` command takes no attachments, so these steps go without theirs: a"


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


def test_tools_questions_and_folders_need_no_notice() -> None:
    tools = PLAIN.replace("{prompt: x}", "{prompt: x, tools: [grep]}")
    text = tools.replace("prompt: x}\n", "prompt: x, extra_dirs: [more], interactive: true}\n")

    assert [notices(text, backend) for backend in ("llm", "cli", "mock")] == [[], [], []]


def test_permissions_are_said_of_the_copilot_command_alone() -> None:
    rules = "permissions: {deny: [bash]}"
    text = PLAIN.replace("{prompt: x}", f"{{prompt: x, {rules}}}").replace(
        "prompt: x}\n", f"prompt: x, {rules}}}\n"
    )

    assert [notices(text, backend) for backend in ("llm", "cli", "mock")] == [[], [RULES], []]


def test_permissions_of_the_whole_workflow_are_said_by_its_name() -> None:
    notice = RULES.replace("reader, a", "w")

    assert notices(PLAIN + "permissions: {deny: [bash]}\n", "cli") == [notice]


def test_attachments_are_said_of_the_copilot_command_alone() -> None:
    Path("notes.md").write_text("x", encoding="utf-8")
    text = PLAIN.replace("prompt: x}\n", "prompt: x, attach: [notes.md]}\n")

    assert [notices(text, backend) for backend in ("llm", "cli", "mock")] == [[], [FILES], []]


def test_settings_are_said_of_the_copilot_command_alone() -> None:
    settings = "settings: {temperature: 0.5}"
    text = PLAIN.replace("{prompt: x}", f"{{prompt: x, {settings}}}").replace(
        "prompt: x}\n", f"prompt: x, {settings}}}\n"
    )

    assert [notices(text, backend) for backend in ("llm", "cli", "mock")] == [[], [SETTINGS], []]


def test_shared_memory_is_said_of_the_copilot_command_alone() -> None:
    text = PLAIN + "config: {shared_memory: {enabled: true}}\n"

    assert [notices(text, backend) for backend in ("llm", "cli", "mock")] == [[], [MEMORY], []]


def test_a_memory_that_is_not_enabled_needs_no_notice() -> None:
    assert notices(PLAIN + "config: {shared_memory: {initial_content: x}}\n", "cli") == []


def test_agents_that_no_step_asks_are_not_named() -> None:
    text = PLAIN.replace("agents: {", "agents: {idle: {inline: {prompt: x, settings: {seed: 1}}}, ")

    assert notices(text, "cli") == []
