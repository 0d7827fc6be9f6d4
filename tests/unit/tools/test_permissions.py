"""Layers, circumstances and defaults; what patterns hold for."""

from __future__ import annotations

import pytest

from goflow.tools.base import ToolClass
from goflow.tools.catalogue import TOOLS
from goflow.tools.permissions import Call, Decision, Policy
from goflow.workflow import Permissions
from goflow.workflow.tool_names import CLASS_OF, CLASS_WORDS, KNOWN_TOOLS, tools_named
from tests.unit.tools.rulings import circumstances, ruled, rules, verdict

NONE = Permissions()


@pytest.mark.parametrize(
    ("tool", "given", "decision"),
    [
        ("view", "", "allow"),
        ("todo", "", "allow"),
        ("fetch_webpage", "", "allow"),
        ("create_file", "", "deny"),
        ("bash", "", "deny"),
        ("create_file", "confined", "allow"),
        ("bash", "confined", "allow"),
        ("create_file", "person", "ask"),
        ("bash", "person confined trusted", "ask"),
        ("bash", "trusted", "deny"),
        ("bash", "all", "allow"),
        ("my.tools:look", "person", "ask"),
        ("my.tools:look", "confined trusted", "deny"),
        ("my.tools:look", "all", "allow"),
        ("github/create_issue", "confined trusted", "deny"),
    ],
)
def test_without_rules_the_class_decides(tool: str, given: str, decision: str) -> None:
    assert ruled(tool, "ls", NONE, None, given=given) == decision


def test_deny_wins_in_any_layer_and_over_all_tools_being_allowed() -> None:
    denying = rules(deny="bash(rm *)")
    allowing = rules(allow="bash")

    assert ruled("bash", "rm x", denying, allowing, given="all trusted") == "deny"
    assert ruled("bash", "rm x", allowing, denying, given="all trusted") == "deny"
    assert ruled("bash", "ls", allowing, denying) == "allow"


def test_all_tools_being_allowed_wins_over_ask() -> None:
    assert ruled("bash", "ls", rules(ask="bash"), given="all") == "allow"


def test_the_most_specific_layer_with_a_rule_decides() -> None:
    allowing, asking = rules(allow="bash(git *)"), rules(ask="bash(git push *)")

    assert ruled("bash", "git push", asking, allowing) == "allow"
    assert ruled("bash", "git push", allowing, asking) == "ask"
    assert ruled("bash", "git push", allowing, None, rules(allow="view")) == "allow"


def test_in_one_layer_ask_comes_before_allow() -> None:
    layer = rules(allow="bash(git *)", ask="bash(git push *)")

    assert ruled("bash", "git push -f", layer) == "ask"
    assert ruled("bash", "git status", layer) == "allow"


def test_where_nobody_is_there_what_is_asked_is_denied() -> None:
    found = verdict("bash", "git push", rules(ask="bash(git push *)"), given="trusted confined")

    assert found.decision is Decision.DENY
    assert found.reason == (
        "`bash` needs a person's leave, and nobody is there to ask: the rule `bash(git push *)` asks a "
        "person; `--allow-all-tools` allows it"
    )


def test_each_command_of_a_text_is_judged_by_itself() -> None:
    layers = rules(allow="bash(git diff *)"), rules(allow="bash(ls)")

    assert ruled("bash", "git diff | ls", *layers) == "allow"
    assert ruled("bash", "git diff | ls x", *layers) == "ask"
    assert ruled("bash", "git diff && ls", *layers, rules(ask="bash(ls *)")) == "ask"


@pytest.mark.parametrize("tool", ["create_file", "bash", "my.tools:look"])
def test_what_a_folder_allows_counts_once_it_is_trusted(tool: str) -> None:
    layer = rules(allow="write,run")

    assert ruled(tool, "x", layer, given="trusted") == "allow"
    assert ruled(tool, "x", layer, given="") == "deny"
    assert ruled(tool, "x", layer, given="person") == "ask"
    assert "counts once the folder is trusted: `--trust`" in verdict(tool, "x", layer, given="").reason


def test_what_a_folder_asks_and_denies_counts_without_trust() -> None:
    assert ruled("view", "a.py", rules(ask="view"), given="person") == "ask"
    assert ruled("view", "a.py", rules(deny="view"), given="person") == "deny"
    assert ruled("view", "a.py", rules(ask="read"), rules(allow="view"), given="person") == "allow"


@pytest.mark.parametrize("tool", CLASS_OF)
def test_a_star_stands_for_every_tool(tool: str) -> None:
    assert ruled(tool, "x", rules(deny="*"), given="all trusted") == "deny"
    assert ruled(tool, "x", rules(ask="*")) == "ask"
    assert ruled(tool, "x", rules(allow="*")) == "allow"


def test_a_refusal_says_by_which_rule_or_what_would_allow_it() -> None:
    denied = verdict("bash", "sudo rm x", rules(deny="bash(rm *)"))
    alone = verdict("create_file", "x", given="trusted")

    assert denied.reason == "`bash` is denied here by the rule `bash(rm *)`"
    assert alone.reason == (
        "`create_file` needs a person's leave, and nobody is there to ask: `create_file` writes files; "
        "`--allow-all-tools` allows it"
    )


def test_why_a_pattern_does_not_allow_a_text_is_said() -> None:
    found = verdict("bash", "git diff > x $(y)", rules(allow="bash(git *)"))

    assert found.reason == "`bash` runs commands; no pattern allows a text with a redirect, a substitution"


def test_the_name_that_the_model_used_is_told() -> None:
    call = Call(tool="bash", kind=ToolClass.RUN, subject="rm x", alias="run_in_terminal")

    found = Policy((rules(deny="run"),), circumstances("person")).judge(call)

    assert found.reason == "`run_in_terminal` is denied here by the rule `run`"


def test_a_rule_without_a_pattern_allows_what_is_not_understood() -> None:
    assert ruled("bash", "eval $(x) > y", rules(allow="bash")) == "allow"
    assert ruled("bash", "eval $(x) > y", rules(allow="bash(*)")) == "ask"


def test_a_sandbox_does_not_answer_for_commands_unseen_where_some_are_denied() -> None:
    layer = rules(deny="bash(rm *)")

    assert ruled("bash", "$(cat x)", layer, given="confined") == "deny"
    assert ruled("bash", "$(cat x)", layer, given="confined person") == "ask"
    assert ruled("bash", "$(cat x)", rules(deny="view(x)"), given="confined") == "allow"
    assert ruled("bash", "cat x > y", layer, given="confined") == "allow"


@pytest.mark.parametrize(
    ("rule", "tool", "holds"),
    [
        ("*", "bash", True),
        ("*", "write_memory", True),
        ("*", "ask_user", True),
        ("run", "bash", True),
        ("run", "view", False),
        ("Bash", "bash", True),
        ("run_in_terminal", "bash", True),
        ("read/readFile", "view", True),
        ("search", "grep", True),
        ("search", "view", False),
        ("my.tools:look", "my.tools:look", True),
        ("my.tools:look", "my.tools:other", False),
        ("run", "my.tools:look", True),
        ("bash", "my.tools:look", False),
        ("github/create_issue", "github/create_issue", True),
        ("github/*", "github/create_issue", True),
        ("github/*", "gitlab/create_issue", False),
        ("qqqq", "view", False),
        ("run(git *)", "my.tools:look", False),
        ("read(*)", "todo", False),
    ],
)
def test_a_rule_names_tools(rule: str, tool: str, holds: bool) -> None:  # noqa: FBT001 - a column of the table
    assert (ruled(tool, "git x", rules(deny=rule), given="all") == "deny") is holds


ALLOWED_PATHS = [
    ("src/**", "src/a.py", True),
    ("src/**", "src/a/b/c.py", True),
    ("src/**", "src", True),
    ("src/**", "srcs/a.py", False),
    ("src/*", "src/a.py", True),
    ("src/*", "src/a/b.py", False),
    ("./src/*.py", "src/a.py", True),
    ("src/*.py", "./src/a.py", True),
    ("**/a.py", "a.py", True),
    ("**/a.py", "x/y/a.py", True),
    ("**/a.py", "x/ya.py", False),
    ("src/**/a.py", "src/a.py", True),
    ("src/**/a.py", "src/x/y/a.py", True),
    ("src/**/**/a.py", "src/a.py", True),
    ("*.py", "x/y/a.py", True),
    ("*.py", "x/a.pyc", False),
    ("a?.py", "x/ab.py", True),
    ("a[bc].py", "ab.py", True),
    ("a[!bc].py", "ab.py", False),
    ("a[!bc].py", "ad.py", True),
    ("**", "x/y", True),
    ("**", "../y", False),
    ("*", "../y", False),
    ("src/**", "src/../../etc/passwd", False),
    ("src/**", "src/../.env", False),
    ("src/**", "SRC/a.py", False),
    ("src/**", "/src/a.py", False),
    ("**/*.py", "/elsewhere/a.py", False),
    ("/more/**", "/more/a.py", True),
    ("/more/**", "//more/a.py", True),
    ("/more/**", "/more/../etc/passwd", False),
    ("a.py", "a.py\n", False),
]


@pytest.mark.parametrize(("pattern", "path", "fits"), ALLOWED_PATHS)
def test_a_path_is_allowed_where_it_fits_exactly(
    pattern: str,
    path: str,
    fits: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert ruled("create_file", path, rules(allow=f"create_file({pattern})")) == ("allow" if fits else "ask")


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("**/.env", ".env"),
        ("**/.env", "a/b/.env"),
        ("**/.env", "/more/.env"),
        (".env", "/more/a/.ENV"),
        ("**/.env", "a/../.Env"),
        ("secrets/**", "Secrets/key"),
        ("secrets/**", "secrets"),
        ("straße/*", "STRASSE/x"),
        ("caf\u00e9/*", "cafe\u0301/x"),
        ("cafe\u0301/*", "CAF\u00c9/x"),
        ("/etc/**", "/etc/passwd"),
    ],
)
def test_a_path_is_denied_in_any_case_and_unicode_form(pattern: str, path: str) -> None:
    assert ruled("create_file", path, rules(deny=f"write({pattern})")) == "deny"
    assert ruled("view", path, rules(deny=f"view({pattern})")) == "deny"


def test_a_file_that_one_tool_may_not_read_no_other_may() -> None:
    policy = Policy((rules(deny="view(**/.env),list_dir"),), circumstances("trusted person"))

    assert ruled("grep", "a/.env", rules(deny="view(**/.env)")) == "deny"
    assert ruled("create_file", "a/.env", rules(deny="view(**/.env)")) == "ask"
    assert (policy.hides("a/.env"), policy.hides("a/env")) == (True, False)


HOSTS = [
    ("docs.python.org", "https://docs.python.org/3/", True),
    ("docs.python.org", "docs.python.org/3", True),
    ("docs.python.org", "HTTPS://DOCS.Python.org.:443/", True),
    ("docs.python.org", "https://python.org/", False),
    ("docs.python.org", "https://docs.python.org.evil.example/", False),
    ("docs.python.org", "https://evil.example/docs.python.org", False),
    ("docs.python.org", "https://docs.python.org@evil.example/", False),
    ("docs.python.org", "https://evil.example#@docs.python.org/", False),
    ("docs.python.org", "https://evil.example\\@docs.python.org/", False),
    ("docs.python.org", "https://docs.python.org\n.evil.example/", False),
    ("docs.python.org", "https://docs.pyth%6fn.org/", False),
    ("docs.python.org", "file://docs.python.org/etc/passwd", False),
    ("docs.python.org", "https:docs.python.org", False),
    ("docs.python.org", "", False),
    ("docs.python.org", "https://[docs.python.org/", False),
    ("*.python.org", "https://docs.python.org/", True),
    ("*.python.org", "https://a.b.python.org/", True),
    ("*.python.org", "https://python.org/", False),
    ("*.python.org", "https://evilpython.org/", False),
    ("bücher.example", "https://xn--bcher-kva.example/", True),
    ("xn--bcher-kva.example", "https://BÜCHER.example/", True),
    ("*", "https://anything.example/", True),
    ("[::1]", "http://[::1]:80/", True),
]


@pytest.mark.parametrize(("pattern", "address", "fits"), HOSTS)
def test_an_address_is_allowed_by_its_host(
    pattern: str,
    address: str,
    fits: bool,  # noqa: FBT001 - a column of the table
) -> None:
    layers = rules(ask="web"), rules(allow=f"fetch_webpage({pattern})")

    assert ruled("fetch_webpage", address, *layers) == ("allow" if fits else "ask")


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "https://EVIL.example./",
        "https://user:key@evil.example:8080/",
        "https://evil。example/",
        "https://\uff45\uff56\uff49\uff4c.example/",
        "https://ev%69l.example/",
        "https://evil.example\\@docs.python.org/",
        "https:evil.example",
    ],
)
def test_a_host_is_denied_however_it_is_written(address: str) -> None:
    assert ruled("fetch_webpage", address, rules(deny="web(evil.example)")) == "deny"


def test_the_most_specific_layer_says_whether_commands_have_the_network() -> None:
    on, off = rules(network=True), rules(network=False)

    assert Policy((on, None, NONE), circumstances("trusted")).has_network
    assert not Policy((on, off), circumstances("trusted")).has_network
    assert not Policy((on,), circumstances("person all")).has_network
    assert not Policy((), circumstances("trusted")).has_network


def test_the_words_of_classes_are_those_of_the_tools() -> None:
    assert set(CLASS_WORDS) == {kind.value for kind in ToolClass} == set(CLASS_OF.values())
    assert set(KNOWN_TOOLS.values()) == set(CLASS_OF)
    assert tools_named("search") == ("grep", "glob", "list_dir", "semantic_search")


def test_the_names_that_rules_know_are_those_of_the_catalogue() -> None:
    assert {name: tool.kind.value for name, tool in TOOLS.items()} == CLASS_OF
