"""Commands that carry others: none is allowed by a pattern, none slips by a denied name.

Each text stands for a way that a model, or a text that it has read, may try.
"""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings, strategies as st

from goflow.tools.command_lines import parse_command_line
from goflow.tools.wrapped_commands import reach_of
from tests.unit.tools.rulings import ruled, rules

ALLOWING = rules(allow="bash(git diff *),bash(ls *),bash(echo *)")
DENYING = rules(deny="bash(rm *)", allow="bash(git diff *),bash(ls *),bash(echo *)")

ADDED = [
    "git diff; x",
    "git diff;x",
    "git diff && x",
    "git diff || x",
    "git diff | sh",
    "git diff |& sh",
    "git diff & x",
    "git diff\nx",
    "git diff \\\n; x",
    "git diff\r\nx",
    "git diff $(x)",
    'git diff "$(x)"',
    "git diff `x`",
    'git diff "`x`"',
    "git diff <(x)",
    "git diff >(x)",
    "git diff ${a:-$(x)}",
    "git diff ${a@P}",
    "git diff $((a[$(x)]))",
    "git diff $[$(x)]",
    "git diff $'a' x",
    "git diff > x",
    "git diff >> x",
    "git diff >| x",
    "git diff &> x",
    "git diff >&x",
    "git diff 2>x",
    "git diff <x",
    "git diff <<< x",
    "git diff <<X\nx\nX",
    "git diff > /dev/null/../../x",
    "git diff > '/dev/null '",
    "git diff > $x",
    "git diff > /dev/tcp/example.org/80",
    "git -C /x diff",
    "git -c core.pager=x diff",
    "git --exec-path=/x diff",
    "gitdiff",
    "git  'diff '",
    "Git diff",
    "./git diff",
    "/usr/bin/git diff",
    "../git diff",
    "GIT_EXTERNAL_DIFF=x git diff",
    "PATH=/x git diff",
    "PATH=/x; git diff",
    "X=$(x) git diff",
    "env git diff",
    "sudo git diff",
    "command git diff",
    "eval git diff",
    "exec git diff",
    "git() { x; }; git diff",
    "function git { x; }; git diff",
    "alias git=x; git diff",
    "alias git=x\ngit diff",
    "$x git diff",
    "$(x) git diff",
    "{x,git} diff",
    "gi? diff",
    "git d*",
    "git $x",
    "git {x,diff}",
    "if true; then git diff; fi",
    "for x in 1; do git diff; done",
    "case x in x) git diff;; esac",
    "git diff )",
    "( git diff",
    "git diff '",
    'git diff "',
    "git diff \\",
    "git diff \x00 x",
    "git diff \x1b[2K",
    "ls; (git diff; x)",
    "ls; { git diff; x; }",
    "! x; git diff",
    "coproc git diff",
    "time git diff",
    "git\u00a0diff",
    "\u202egit diff",
    "trap 'x' EXIT; git diff",
    "hash -p /x git; git diff",
    ". ./git; git diff",
    "xargs git diff",
    "git diff #\nx",
    "",
    "   ",
    "# git diff",
]

HIDDEN = [
    "rm x",
    "rm",
    "/bin/rm x",
    "../../bin/rm x",
    "RM x",
    "rm.exe x",
    "\\rm x",
    "r\\m x",
    "'rm' x",
    "r''m x",
    '"r"m x',
    "r\\\nm x",
    "git diff; rm x",
    "git diff && rm x",
    "git diff || rm x",
    "git diff | rm x",
    "git diff & rm x",
    "git diff\nrm x",
    "(rm x)",
    "{ rm x; }",
    "! rm x",
    "echo $(rm x)",
    'echo "$(rm x)"',
    "echo `rm x`",
    'echo "`rm x`"',
    "echo $(echo $(rm x))",
    "echo <(rm x)",
    "echo > >(rm x)",
    "X=$(rm x)",
    "X=1 rm x",
    ">y rm x",
    "2>&1 rm x",
    "rm x > /dev/null",
    "if rm x; then y; fi",
    "if y; then rm x; fi",
    "while y; do rm x; done",
    "for y in z; do rm $y; done",
    "case y in y) rm x;; esac",
    "f() { rm x; }; f",
    "function f { rm x; }; f",
    "sudo rm x",
    "sudo -u root -- rm x",
    "sudo -n /bin/rm x",
    "env X=1 rm x",
    "env -i rm x",
    "env -S 'rm x'",
    "env '-Srm x'",
    "env --split-string='rm x'",
    "nohup rm x &",
    "time rm x",
    "time -p rm x",
    "nice -n 5 rm x",
    "timeout 5 rm x",
    "timeout -s KILL 5 sudo rm x",
    "command rm x",
    "builtin rm x",
    "exec rm x",
    "setsid rm x",
    "stdbuf -o0 rm x",
    "busybox rm x",
    "echo x | xargs rm",
    "echo x | xargs -n 1 rm -f",
    "echo x | xargs -I{} rm {}",
    "find . -exec rm {} \\;",
    "find . -execdir sh -c 'rm x' ';'",
    "fd x -x rm",
    "sh -c 'rm x'",
    'bash -c "rm x"',
    "bash -ec 'git diff; rm x'",
    "bash --norc -c 'rm x'",
    "/bin/sh -c 'sudo rm x'",
    "sh -c \"sh -c 'rm x'\"",
    "sh -c 'echo $(rm x)'",
    "su -c 'rm x'",
    "watch 'rm x'",
    "eval rm x",
    "eval 'rm x'",
    'eval "rm" x',
    "trap 'rm x' EXIT",
    "coproc rm x",
    "echo 'rm x' | sh",
    "sh <<< 'rm x'",
    "sh <<X\nrm x\nX",
    "sh -s <<< rm",
    "x=rm; $x y",
    "x=rm; ${x} y",
    "alias y=rm; y x",
    "{rm,x}",
    "/bin/r? x",
    "/bin/[r]m x",
    "$'rm' x",
    "echo 'rm x' > y; source y",
    "rm 'x",
    'rm "$(x)',
    "rm ${x:0:1}",
    "echo ${x:0:1}; rm y",
    "(" * 40 + "rm x" + ")" * 40,
    "echo " + "a" * 60_000 + "; rm x",
]

HARMLESS = [
    "echo rm x",
    "echo 'rm x'",
    'echo "a; rm x"',
    "git diff rm",
    "ls rm",
    "echo a # rm x",
    "echo rm > y",
    "git diff --rm",
    "find . -name rm",
    "grep -r rm .",
    "rmdir x",
    "farm x",
    "docker run --rm x $(id -u)",
]


@pytest.mark.parametrize("text", ADDED)
def test_what_is_more_than_the_pattern_is_not_allowed_by_it(text: str) -> None:
    assert ruled("bash", text, ALLOWING) == "ask"
    assert ruled("bash", text, ALLOWING, given="trusted") == "deny"


@pytest.mark.parametrize("text", HIDDEN)
def test_a_denied_command_is_denied_wherever_it_stands(text: str) -> None:
    assert ruled("bash", text, DENYING, given="all trusted confined") == "deny"


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.mark.parametrize("depth", [2, 8, 9, 12])
@pytest.mark.parametrize("given", ["trusted confined", "all trusted confined"])
def test_a_denied_command_is_denied_however_deep_it_stands(depth: int, given: str) -> None:
    text = "r\\m x"
    for _ in range(depth):
        text = f"sh -c {quoted(text)}"

    assert ruled("bash", text, DENYING, given=given) == "deny"


def test_a_denied_command_is_denied_behind_more_texts_than_are_taken_apart() -> None:
    texts = " ".join(f"'a {number}'" for number in range(3000))

    assert ruled("bash", f"sh -c {texts}", DENYING, given="all") == "allow"
    assert ruled("bash", f"sh -c {texts} 'sudo r\\m x'", DENYING, given="all") == "deny"


def test_a_text_that_can_be_read_in_several_ways_is_not_taken_apart_over_and_over() -> None:
    text = "rm x"
    for _ in range(8):
        text = f"sh {quoted('-=' + text)}"
    starts = reach_of(parse_command_line(text)).starts

    assert "rm" in {start.words[start.at].text for start in starts}
    assert len(starts) == len({(start.words, start.at) for start in starts})


def test_what_is_taken_apart_of_one_text_is_bounded() -> None:
    texts = [f"'-x=a {number}'" for number in range(4000)]
    reach = reach_of(parse_command_line(" ".join(("sh", *texts))))

    assert reach.is_open
    assert 1000 < len(reach.starts) - len(texts) < 3000


@pytest.mark.parametrize("text", HARMLESS)
def test_a_word_that_is_no_command_is_not_denied(text: str) -> None:
    assert ruled("bash", text, DENYING) in {"allow", "ask"}
    assert ruled("bash", text, rules(deny="bash(rm *)"), given="confined") == "allow"


@pytest.mark.parametrize(
    "text",
    [
        "git push --force",
        "git push --force origin main",
        "sudo git push --force",
        "git push $flags",
        'git push "$flag"',
        "git $x --force",
        "git $x",
        "git push {--force,origin}",
        "git push -*",
        "git push --f[o]rce",
        "echo git push --force | sh",
    ],
)
def test_arguments_that_may_be_the_denied_ones_are_denied(text: str) -> None:
    assert ruled("bash", text, rules(deny="bash(git push -* *)"), given="all") == "deny"


@pytest.mark.parametrize("text", ["git push", "git push origin --force", "git log $x", 'git log "$x"'])
def test_arguments_that_cannot_be_the_denied_ones_are_not(text: str) -> None:
    assert ruled("bash", text, rules(deny="bash(git push -* *)"), given="all") == "allow"


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("git diff *", "git diff", True),
        ("git diff *", "git diff a b", True),
        ("git diff *", 'git diff $x *.py {a,b} "$y"', True),
        ("git diff *", "git diff --output=/etc/x", True),
        ("git diff", "git diff", True),
        ("git diff", "git diff a", False),
        ("git *", "git", True),
        ("git * status", "git x status", True),
        ("git * status", "git x y status", False),
        ("git * status", "git $x status", False),
        ("git * status", 'git "$x" status', True),
        ("npm run test:*", "npm run test:unit", True),
        ("npm run test:*", "npm run test", False),
        ("npm run test:*", "npm run test:$x", False),
        ("npm run test:*", 'npm run "test:$x"', False),
        ("npm run test:*", "npm run test:{a,b}", False),
        ("npm run test:*", "npm run test:*", False),
        ("npm run test:*", "npm run 'test:*'", True),
        ("ls 'a b'", "ls a\\ b", True),
        ("ls 'a b'", "ls a b", False),
        ("*", "anything at all; and | more", True),
        ("*", "anything > else", False),
    ],
)
def test_a_pattern_fits_word_by_word(
    pattern: str,
    text: str,
    fits: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert ruled("bash", text, rules(allow=f"bash({pattern})")) == ("allow" if fits else "ask")


PLAIN_WORDS = st.text(string.ascii_lowercase + string.digits + "-./=", min_size=1, max_size=6)
QUOTED_WORDS = st.text(string.ascii_letters + " ;&|<>()#*", max_size=8).map("'{}'".format)
ARGUMENTS = st.lists(PLAIN_WORDS | QUOTED_WORDS | st.just("$x") | st.just('"$y"'), max_size=3)
ALLOWED = st.builds(
    lambda name, arguments: " ".join((name, *arguments)), st.sampled_from(("git diff", "ls")), ARGUMENTS
)
SEPARATORS = st.sampled_from((";", " ; ", "&&", " || ", "|", " | ", "&", "\n", " \n\n ", "|&"))
REMOVALS = st.sampled_from(
    ("rm x", "/bin/rm -rf x", "sudo rm x", "r\\m x", "sh -c 'rm x'", "(rm x)", "{ rm x; }")
)
STRANGERS = st.sampled_from(
    ("curl x", "./ls", "git push", "git -C x diff", "$x", "eval ls", "X=1 ls", "ls > x")
)


def joined(draw: st.DrawFn, commands: list[str]) -> str:
    parts = [commands[0]]
    for command in commands[1:]:
        parts += [draw(SEPARATORS), command]
    return "".join(parts)


@st.composite
def lines(draw: st.DrawFn, *, inserted: st.SearchStrategy[str] | None = None) -> str:
    """Join commands that are allowed, and perhaps one other among them."""
    commands = draw(st.lists(ALLOWED, min_size=1, max_size=4))
    if inserted is not None:
        commands.insert(draw(st.integers(0, len(commands))), draw(inserted))
    line = joined(draw, commands)
    return draw(st.sampled_from(("{}", "( {} )", "{{ {}\n}}", "{} &"))).format(line)


RULED = rules(allow="bash(git diff *),bash(ls *)", deny="bash(rm *)")


@given(lines())
@settings(max_examples=200)
def test_commands_that_are_allowed_are_allowed_together(line: str) -> None:
    assert ruled("bash", line, RULED) == "allow"


@given(lines(inserted=REMOVALS))
@settings(max_examples=200)
def test_a_denied_command_among_allowed_ones_is_denied(line: str) -> None:
    assert ruled("bash", line, RULED, given="all trusted confined") == "deny"


@given(lines(inserted=STRANGERS))
@settings(max_examples=200)
def test_an_unknown_command_among_allowed_ones_is_not_allowed(line: str) -> None:
    assert ruled("bash", line, RULED) == "ask"


@given(st.text("gitdf lsrm;&|<>(){}$`'\"\\\n*?#=!x1[]", max_size=30))
@settings(max_examples=300)
def test_any_text_is_judged(text: str) -> None:
    assert ruled("bash", text, RULED) in {"allow", "ask", "deny"}
