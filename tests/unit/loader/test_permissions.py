from __future__ import annotations

from collections.abc import Callable

import pytest

from goflow.workflow import Bundle, PermissionRule, Permissions
from goflow.workflow.permissions import UnreadableRule, read_rule

RULES = """
permissions:
  allow: [view, "bash(git diff *)", edit( src/** ), "fetch_webpage(docs.python.org)"]
  ask: bash(git push *)
  deny: ["bash(rm *)", "view(**/.env)", ~]
  network: true
"""
READ = Permissions(
    allow=(
        PermissionRule(tool="view", text="view"),
        PermissionRule(tool="bash", pattern="git diff *", text="bash(git diff *)"),
        PermissionRule(tool="edit", pattern="src/**", text="edit( src/** )"),
        PermissionRule(
            tool="fetch_webpage", pattern="docs.python.org", text="fetch_webpage(docs.python.org)"
        ),
    ),
    ask=(PermissionRule(tool="bash", pattern="git push *", text="bash(git push *)"),),
    deny=(
        PermissionRule(tool="bash", pattern="rm *", text="bash(rm *)"),
        PermissionRule(tool="view", pattern="**/.env", text="view(**/.env)"),
    ),
    network=True,
)


def indented(text: str, width: int) -> str:
    return text.replace("\n", "\n" + " " * width)


def test_permissions_stand_in_a_workflow_in_agents_and_in_steps(load: Callable[..., Bundle]) -> None:
    step = f"steps:\n- id: a\n  prompt: b\n  agent: own{indented(RULES, 2)}\n"
    agents = (
        f"agents:\n  own:\n    inline:\n      prompt: x{indented(RULES, 6)}\n  other: {{file: other.md}}\n"
    )
    bundle = load(f"name: x{RULES}{agents}{step}", {"other.md": f"---{RULES}---\nhi"})

    assert bundle.problems == ()
    assert bundle.workflow.permissions == READ
    assert bundle.workflow.steps[0].permissions == READ
    assert [bundle.agents[name].permissions for name in ("own", "other")] == [READ, READ]


@pytest.mark.parametrize("written", ["permissions:\n", "permissions: ~\n", ""])
def test_permissions_may_be_absent(written: str, load: Callable[..., Bundle]) -> None:
    bundle = load(f"name: x\nsteps: [{{id: a, prompt: b}}]\n{written}")

    assert (bundle.problems, bundle.workflow.permissions) == ((), None)


def test_an_unknown_key_is_a_mistake_in_an_agent_file_too(
    load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    bundle = load(
        "name: x\nagents: {r: {file: r.md}}\nsteps: [{id: a, prompt: b, agent: r}]",
        {"r.md": "---\ncolour: red\npermissions: {dney: [bash]}\n---\nhi"},
    )

    assert told(bundle) == [
        "r.md:2:1: warning[GF101] unknown key `colour` in an agent file",
        "r.md:3:15: error[GF101] unknown key `dney` in `permissions`",
    ]


def test_permissions_of_an_agent_do_not_stand_beside_its_file(load: Callable[..., Bundle]) -> None:
    bundle = load(
        "name: x\nagents: {r: {file: r.md, permissions: {deny: [bash]}}}\nsteps: [{id: a, prompt: b}]",
        {"r.md": "hi"},
    )

    assert [problem.help for problem in bundle.problems] == ["write it below `inline:`, or in the agent file"]


def test_a_mistaken_rule_is_marked_and_the_others_keep_their_places(load: Callable[..., Bundle]) -> None:
    bundle = load('name: x\nsteps: [{id: a, prompt: b}]\npermissions: {deny: ["rm x", basch]}')

    (problem,) = bundle.problems
    assert (problem.code, problem.message) == ("GF140", "`rm x` is no rule")
    locator = bundle.locators[bundle.path]
    assert locator.span(("permissions", "deny", 0)).column == 30


@pytest.mark.parametrize(
    ("text", "tool", "pattern"),
    [
        ("view", "view", None),
        (" * ", "*", None),
        ("my.tools:look", "my.tools:look", None),
        ("github/*", "github/*", None),
        ("bash( git  diff )", "bash", "git  diff"),
        ("run(jq '.a | .b' *)", "run", "jq '.a | .b' *"),
        ("Bash(find * -exec rm {} *)", "Bash", "find * -exec rm {} *"),
        ("read/readFile(**/*.py)", "read/readFile", "**/*.py"),
        ("write(/more/**)", "write", "/more/**"),
        ("view(a (1).txt)", "view", "a (1).txt"),
        ("web(*.example.org)", "web", "*.example.org"),
        ("web(bücher.example)", "web", "bücher.example"),
        ("unheard_of(x y)", "unheard_of", "x y"),
    ],
)
def test_a_rule_is_a_tool_and_perhaps_a_pattern(text: str, tool: str, pattern: str | None) -> None:
    rule = read_rule(text)

    assert (rule.tool, rule.pattern, rule.text) == (tool, pattern, text.strip())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "`` is no rule"),
        ("git diff *", "`git diff *` is no rule"),
        ("bash(x", "`bash(x` is no rule"),
        ("bash x)", "`bash x)` is no rule"),
        ("(x)", "`(x)` is no rule"),
        ("bash(a\tb)", "`bash(a b)` is no rule"),
        ("bash( )", "`bash( )` has an empty pattern"),
        ("*(x)", "`*(x)` has a pattern, but `*` takes none"),
        ("todo(x)", "`todo(x)` has a pattern, but `todo` takes none"),
        ("a.b:c(x)", "`a.b:c(x)` has a pattern, but `a.b:c` takes none"),
        ("github/*(x)", "`github/*(x)` has a pattern, but `github/*` takes none"),
        *(
            (f"bash(a{sign}b)", f"the pattern `a{sign}b` has a `{sign}`, and stands for one command")
            for sign in ";&|<>$\\#("
        ),
        ("bash(a 'b)", "the quotes in the pattern `a 'b` are not closed"),
        ('bash(a "b)', 'the quotes in the pattern `a "b` are not closed'),
        ("web(https://x.org)", "the pattern `https://x.org` is no host"),
        ("web(x.org/a)", "the pattern `x.org/a` is no host"),
        ("web(x.org:80)", "the pattern `x.org:80` is no host"),
        ("web(a.*.org)", "the pattern `a.*.org` is no host"),
        ("view(../x)", "the pattern `../x` leaves the workspace"),
        ("view(~/x)", "the pattern `~/x` leaves the workspace"),
        ("view(a/../x)", "the pattern `a/../x` leaves the workspace"),
        ("view(src/)", "the pattern `src/` ends with `/`"),
    ],
)
def test_what_is_no_rule_is_told(text: str, message: str) -> None:
    with pytest.raises(UnreadableRule) as caught:
        read_rule(text)

    assert caught.value.message == message
    assert caught.value.help
