from __future__ import annotations

import pytest

from tests.unit.planning.checked import AGENT_FILE, problems_of, told

STEPS = "steps:\n  - {id: a, prompt: x}\n"


def found(text: str, agent: str | None = None) -> list[str]:
    return [told(problem) for problem in problems_of(f"name: w\n{text}", agent=agent)]


@pytest.mark.parametrize(
    "rule",
    [
        *("view", "Read", "read/readFile", "search", "run", "*", "bash(ls)", "my.tools:look", "github/*"),
        *("read(a)", "edit(a)", "web(a.org)", "TodoWrite", "ask_user"),
    ],
)
def test_known_tools_pass(rule: str) -> None:
    assert found(f'permissions: {{deny: ["{rule}"]}}\n{STEPS}') == []


@pytest.mark.parametrize("key", ["allow", "ask", "deny"])
def test_a_rule_on_an_unknown_tool_is_mentioned(key: str) -> None:
    (problem,) = problems_of(f"name: w\npermissions: {{{key}: [view, raed(x)]}}\n{STEPS}")

    assert told(problem) == (
        "2 raed(x) warning[GF240] the rule `raed(x)` names no tool that is known, so it holds for nothing"
    )
    assert problem.help == "did you mean `read`?"


def test_where_no_name_is_near_the_tools_are_named() -> None:
    (problem,) = problems_of(f"name: w\npermissions: {{deny: qqqq}}\n{STEPS}")

    assert str(problem.help).startswith("known: view, grep, glob, ")


def test_rules_of_steps_and_of_the_agents_they_use_are_judged_where_they_stand() -> None:
    text = f"""agents:
  own: {{inline: {{prompt: x, permissions: {{ask: [one]}}}}}}
  idle: {{inline: {{prompt: x, permissions: {{ask: [two]}}, tools: [gerp]}}}}
  file: {{file: {AGENT_FILE}}}
  again: {{file: {AGENT_FILE}}}
steps:
  - {{id: a, prompt: x, agent: own, permissions: {{deny: [three]}}}}
  - {{id: b, prompt: x, agent: file}}
  - {{id: c, prompt: x, agent: again}}
"""
    lines = found(text, "---\npermissions:\n  allow: [view, four]\n---\nhi")

    assert [line.partition(" the rule")[0] for line in lines] == [
        "3 one warning[GF240]",
        "8 three warning[GF240]",
        "3 four warning[GF240]",
    ]


def test_a_pattern_as_other_programs_write_it_is_mentioned() -> None:
    (problem,) = problems_of(f'name: w\npermissions: {{deny: ["Bash(rm:*)", "view(a:*)"]}}\n{STEPS}')

    assert told(problem).startswith('2 "Bash(rm:*)" warning[GF241] the rule `Bash(rm:*)` ends with `:*`')
    assert problem.help == "write `Bash(rm *)` for any further words"


def test_an_unknown_tool_of_an_agent_is_mentioned() -> None:
    text = "agents: {r: {inline: {prompt: x, tools: [view, gerp, search, Bash, a.b:c, mcp/x, mcp/*]}}}\n"
    (problem,) = problems_of(f"name: w\n{text}{STEPS}")

    assert told(problem) == "2 gerp warning[GF242] agent `r` asks for the tool `gerp`, which is not known"
    assert problem.help == "did you mean `grep`?"


def test_an_unknown_tool_of_an_agent_file_is_mentioned_there() -> None:
    text = f"agents: {{r: {{file: {AGENT_FILE}}}}}\n{STEPS}"

    assert found(text, "---\ntools: view, gerp\n---\nhi") == [
        "2 view, gerp warning[GF242] agent `r` asks for the tool `gerp`, which is not known"
    ]
