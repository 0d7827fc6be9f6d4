from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from goflow.workflow import Agent, Bundle, Handoff, Hooks, McpServer, ModelSettings, SourceRole

ONE_STEP = "name: x\nsteps: [{id: a, prompt: b, agent: reviewer}]\n"

EVERY_KEY = """\
---
name: Somebody Else
description: Reviews code
tools: [grep, view]
model: [gpt-4o, "GPT-4.1 (copilot)"]
agents: [helper]
mcp-servers:
  github: {command: npx, args: [-y, server, 1], env: {PORT: 8080}}
handoffs:
  - {label: Go on, agent: helper, prompt: Do it, send: true, model: gpt-4o}
hooks: {onPreToolUse: ./pre.sh, onPostToolUse: ./post.sh}
settings: {temperature: 0}
argument-hint: what to review
user-invocable: false
disable-model-invocation: true
target: vscode
infer: true
metadata: {team: [core]}
---

  You review {{inputs.files}}.

---

Be brief.
"""


def test_every_key_of_an_agent_file_is_read(load: Callable[..., Bundle], tmp_path: Path) -> None:
    bundle = load(
        "name: x\nagents: {reviewer: {file: ./some.agent.md}}\nsteps: [{id: a, prompt: b}]",
        {"some.agent.md": EVERY_KEY},
    )

    assert bundle.problems == ()
    assert bundle.agents == {
        "reviewer": Agent(
            name="reviewer",
            prompt="You review {{inputs.files}}.\n\n---\n\nBe brief.",
            description="Reviews code",
            tools=("grep", "view"),
            models=("gpt-4o", "GPT-4.1 (copilot)"),
            agents=("helper",),
            mcp_servers={
                "github": McpServer(command="npx", args=("-y", "server", "1"), env={"PORT": "8080"})
            },
            handoffs=(Handoff(label="Go on", agent="helper", prompt="Do it", send=True, model="gpt-4o"),),
            hooks=Hooks(on_pre_tool_use="./pre.sh", on_post_tool_use="./post.sh"),
            settings=ModelSettings(temperature=0.0),
            file=str(tmp_path / "some.agent.md"),
            lenient=True,
        )
    }


@pytest.mark.parametrize(
    ("written", "tools"),
    [
        ("tools: grep, view ,", ("grep", "view")),
        ("tools: [grep]", ("grep",)),
        ("tools: []", None),
        ("tools: ''", None),
        ("tools:", None),
        ("description: x", None),
    ],
)
def test_tools_are_a_list_or_stand_between_commas(
    written: str, tools: tuple[str, ...] | None, load: Callable[..., Bundle]
) -> None:
    bundle = load(ONE_STEP, {"agents/reviewer.agent.md": f"---\n{written}\n---\nhi"})

    assert bundle.problems == ()
    assert bundle.agents["reviewer"].tools == tools


def test_tools_of_claude_agents_get_their_names_here(load: Callable[..., Bundle]) -> None:
    tools = "Read, Grep, Glob, Bash, Write, Edit, MultiEdit, WebFetch"
    content = f"---\nname: reviewer\ntools: {tools}\n---\nhi"
    mapped = (
        *("view", "grep", "glob", "bash", "create_file", "replace_string_in_file"),
        *("multi_replace_string_in_file", "WebFetch"),
    )

    assert load(ONE_STEP, {".claude/agents/x.md": content}).agents["reviewer"].tools == mapped
    by_file = "name: x\nagents: {r: {file: .claude/agents/x.md}}\nsteps: [{id: a, prompt: b}]"
    assert load(by_file, {".claude/agents/x.md": content}).agents["r"].tools == mapped


def test_tools_of_other_agents_keep_their_names(load: Callable[..., Bundle]) -> None:
    bundle = load(ONE_STEP, {"agents/reviewer.agent.md": "---\ntools: [Read]\n---\nhi"})

    assert bundle.agents["reviewer"].tools == ("Read",)


def test_a_file_without_front_matter_is_a_prompt(load: Callable[..., Bundle]) -> None:
    bundle = load(ONE_STEP, {"agents/reviewer.agent.md": "\r\nYou review.\r\nBe brief.\r\n"})

    assert bundle.problems == ()
    assert bundle.agents["reviewer"].prompt == "You review.\nBe brief."


@pytest.mark.parametrize("empty", ["---\n---\nhi", "---\n# nothing\n---\nhi", "---\n~\n---\nhi"])
def test_front_matter_may_be_empty(empty: str, load: Callable[..., Bundle]) -> None:
    bundle = load(ONE_STEP, {"agents/reviewer.agent.md": empty})

    assert bundle.problems == ()
    assert bundle.agents["reviewer"].prompt == "hi"


def test_unknown_keys_of_other_editors_are_warnings(
    load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    bundle = load(ONE_STEP, {"agents/reviewer.agent.md": "---\ncolor: red\nmodle: x\n---\nhi"})

    assert told(bundle) == [
        "agents/reviewer.agent.md:2:1: warning[GF101] unknown key `color` in an agent file",
        "agents/reviewer.agent.md:3:1: warning[GF101] unknown key `modle` in an agent file",
    ]
    assert [problem.help for problem in bundle.problems] == [None, "did you mean `model`?"]


def test_an_mcp_server_that_is_no_command_is_left_out_with_a_warning(
    load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    servers = "{w: {url: http://localhost}, own: {command: x}}"
    bundle = load(ONE_STEP, {"agents/reviewer.agent.md": f"---\nmcp-servers: {servers}\n---\nhi"})

    assert told(bundle) == [
        "agents/reviewer.agent.md:2:15: warning[GF115] the MCP server `w` has no `command`, so it is left out"
    ]
    assert list(bundle.agents["reviewer"].mcp_servers) == ["own"]


def test_front_matter_may_have_line_ends_of_windows(load: Callable[..., Bundle]) -> None:
    content = "\ufeff---\r\nname: reviewer\r\nmodel: x\r\n--- \r\n\r\nOne.\r\nTwo.\r\n"
    bundle = load(ONE_STEP, {".github/agents/x.md": content})

    assert bundle.problems == ()
    assert (bundle.agents["reviewer"].prompt, bundle.agents["reviewer"].models) == ("One.\nTwo.", ("x",))


BROKEN = [
    ("---\nname: [\n---\nhi", "3:1: error[GF006] broken YAML: did not find expected node content"),
    ("---\nname: x\nhi", "1:1: error[GF017] the front matter has no end"),
    ("---\n- a\n---\nhi", "2:1: error[GF009] the front matter is no mapping"),
    ("---\nmodel: {a: b}\n---\nhi", "2:8: error[GF102] expected a text, found a mapping"),
    ("---\nhandoffs: [{send: maybe}]\n---\n", "2:19: error[GF108] `maybe` is neither `true` nor `false`"),
    (
        "---\nmcp-servers: {s: [a]}\n---\n",
        "2:18: error[GF102] expected an MCP server, which is a mapping, found a list",
    ),
    ("---\nname: a\nname: b\n---\n", "3:1: error[GF010] the key `name` is written twice"),
    (
        "---\nlabels: x\n---\n",
        "2:1: error[GF104] this version does not do `labels` in an agent file yet",
    ),
    (b"hi \xff", "1:4: error[GF004] not UTF-8: the byte 0xff at offset 3"),
]


@pytest.mark.parametrize(("content", "expected"), BROKEN)
def test_a_broken_agent_file_in_use_is_a_mistake(
    content: str | bytes, expected: str, load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    workflow = "name: x\nagents: {reviewer: {file: r.md}}\nsteps: [{id: a, prompt: b, agent: reviewer}]"

    assert told(load(workflow, {"r.md": content})) == [f"r.md:{expected}"]


@pytest.mark.parametrize(("content", "expected"), BROKEN)
def test_a_broken_agent_file_that_no_step_uses_is_a_warning(
    content: str | bytes, expected: str, load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    place, _, message = expected.partition(" error[")
    bundle = load("name: x\nsteps: [{id: a, prompt: b}]", {".github/agents/other.md": content})

    (line,) = told(bundle)
    assert line.startswith(f".github/agents/other.md:{place} warning[GF122] the agent file of ")
    assert line.endswith(f" is left out: {message.partition('] ')[2]}")
    assert "other" not in bundle.agents


def test_a_broken_agent_file_that_a_step_uses_by_name_is_a_mistake(
    load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    bundle = load(ONE_STEP, {".github/agents/reviewer.md": "---\nname: reviewer\n"})

    assert told(bundle) == [".github/agents/reviewer.md:1:1: error[GF017] the front matter has no end"]
    assert "reviewer" in bundle.agents


def test_a_folder_with_the_name_of_an_agent_file_is_a_warning(
    load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    bundle = load("name: x\nsteps: [{id: a, prompt: b}]", {"agents/a.agent.md/x": ""})

    assert told(bundle) == [
        "warning[GF122] the agent file of `a` is left out: the agent file `agents/a.agent.md` is a folder"
    ]


PLACES = [
    "agents/reviewer.agent.md",
    ".github/agents/z.agent.md",
    ".github/agents/a.md",
    ".claude/agents/reviewer.md",
    "home/.copilot/agents/z.agent.md",
    "home/.copilot/agents/a.md",
    "first/z.agent.md",
    "first/a.md",
    "second/reviewer.md",
]


@pytest.mark.parametrize("count", range(len(PLACES)))
def test_the_highest_place_gives_the_agent(count: int, load: Callable[..., Bundle], tmp_path: Path) -> None:
    workflow = ONE_STEP + "config: {agent_search_paths: [first, ./second/]}\n"
    files = {place: f"---\nname: reviewer\n---\n{place}" for place in PLACES[count:]}

    bundle = load(workflow, files)

    assert bundle.problems == ()
    assert bundle.agents["reviewer"].prompt == PLACES[count]
    assert bundle.agents["reviewer"].file == str(tmp_path / PLACES[count])
    assert [source.path for source in bundle.sources if source.role is SourceRole.AGENT] == [
        str(tmp_path / PLACES[count])
    ]


def test_other_files_and_folders_below_are_not_looked_at(load: Callable[..., Bundle]) -> None:
    names = ["agents/a.md", "agents/deep/b.agent.md", ".claude/agents/c.txt", ".github/agents/.d.md"]

    assert load("name: x\nsteps: [{id: a, prompt: b}]", dict.fromkeys(names, "hi")).agents == {}


def test_the_name_of_a_found_agent_is_in_its_front_matter_or_its_file_s(load: Callable[..., Bundle]) -> None:
    bundle = load(
        "name: x\nsteps: [{id: a, prompt: b}]",
        {"agents/one.agent.md": "hi", ".claude/agents/two.md": "---\nname: zwei\n---\n"},
    )

    assert list(bundle.agents) == ["one", "zwei"]
    assert [source.role for source in bundle.sources] == [SourceRole.WORKFLOW]


def test_an_agent_of_the_workflow_hides_what_is_found(load: Callable[..., Bundle]) -> None:
    bundle = load(
        ONE_STEP + "agents: {reviewer: {inline: {prompt: mine}}}\n", {"agents/reviewer.agent.md": "found"}
    )

    assert bundle.agents["reviewer"].prompt == "mine"


def test_a_null_agent_is_looked_up_by_its_name(load: Callable[..., Bundle]) -> None:
    bundle = load(
        ONE_STEP + "agents: {reviewer: , other: {}}\n",
        {"agents/reviewer.agent.md": "found", ".claude/agents/x.md": "---\nname: other\n---\ntoo"},
    )

    assert bundle.problems == ()
    assert [agent.prompt for agent in bundle.agents.values()] == ["found", "too"]


def test_a_null_agent_that_is_not_found_is_a_mistake(
    load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    bundle = load(ONE_STEP + "agents:\n  reviewr:\n", {"agents/reviewer.agent.md": "found"})

    assert told(bundle) == ["workflow.yaml:4:3: error[GF121] no agent file gives the agent `reviewr`"]
    assert bundle.problems[0].help == "did you mean `reviewer`?"


FLOW = "name: x\nagents:\n  r:\n    file: ./parts/r.agent.md\nsteps: [{id: a, prompt: b, agent: r}]\n"


@pytest.mark.parametrize(
    "place",
    ["flows/parts/r.agent.md", "parts/r.agent.md", ".github/agents/r.agent.md", ".claude/agents/r.md"],
)
def test_an_agent_file_is_looked_for_beside_the_workflow_then_here_then_by_discovery(
    place: str, tmp_path: Path, write: Callable[..., None], load_from: Callable[..., Bundle]
) -> None:
    write({"flows/w.yaml": FLOW, place: f"---\nname: r\n---\n{place}"})

    bundle = load_from("flows/w.yaml")

    assert bundle.problems == ()
    assert bundle.agents["r"].prompt == place


def test_a_missing_agent_file_is_a_mistake_with_the_places_tried(
    write: Callable[..., None], load_from: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    write({"flows/w.yaml": FLOW})

    bundle = load_from("flows/w.yaml")

    assert told(bundle) == [
        "flows/w.yaml:4:11: error[GF120] the agent file `./parts/r.agent.md` does not exist"
    ]
    assert bundle.problems[0].help == (
        "tried `flows/parts/r.agent.md`, `parts/r.agent.md`, and the folders that agents are found in"
    )
    assert bundle.agents == {"r": Agent(name="r")}


def test_an_agent_file_that_cannot_be_read_is_not_looked_for_elsewhere(
    load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    bundle = load(FLOW, {"parts/r.agent.md": b"x" * (1024 * 1024 + 1), ".claude/agents/r.md": "hi"})

    assert told(bundle) == [
        "workflow.yaml:4:11: error[GF120] the agent file `./parts/r.agent.md` is larger than 1 MB"
    ]
