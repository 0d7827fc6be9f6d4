"""How texts for the shell are taken apart, by class."""

from __future__ import annotations

import time

import pytest

from goflow.tools.command_lines import MOST_CHARS, parse_command_line
from goflow.tools.shell_words import Expansion

PLAIN = [
    ("git diff", ["git diff"]),
    ("  git\t diff  ", ["git diff"]),
    ("git diff; ls", ["git diff", "ls"]),
    ("a && b || c", ["a", "b", "c"]),
    ("a&&b||c;d", ["a", "b", "c", "d"]),
    ("a | b |& c", ["a", "b", "c"]),
    ("a & b &", ["a", "b"]),
    ("a\nb\n\nc", ["a", "b", "c"]),
    ("git \\\n diff", ["git diff"]),
    ("git di\\\nff", ["git diff"]),
    ("git 'diff'", ["git diff"]),
    ('g"i"t "diff"', ["git diff"]),
    ("g\\it diff", ["git diff"]),
    ("echo 'a; b' \"c && d\"", ["echo a; b c && d"]),
    ('echo "a\\"b" "\\$x" "\\n"', ['echo a"b $x \\n']),
    ("echo a\\;b", ["echo a;b"]),
    ("\\if a", ["if a"]),
    ("'{' a", ["{ a"]),
    ('"!" a', ["! a"]),
    ("echo ''", ["echo "]),
    ("echo a # rm b", ["echo a"]),
    ("# rm b\nls", ["ls"]),
    ("echo a#b", ["echo a#b"]),
    ("(a; b)", ["a", "b"]),
    ("(a && (b | c))", ["a", "b", "c"]),
    ("{ a; b; }", ["a", "b"]),
    ("! a | b", ["a", "b"]),
    ("a 2>&1", ["a"]),
    ("a >/dev/null 2>&1", ["a"]),
    ("a &>/dev/null", ["a"]),
    ("a 2> /dev/null b", ["a b"]),
    ("a >&2", ["a"]),
    ("a 2>&-", ["a"]),
    ("a </dev/null", ["a"]),
    ("[ -f x ] && a", ["[ -f x ]", "a"]),
    ("echo $ x", ["echo $ x"]),
    ("git show HEAD~1:a@{1}", ["git show HEAD~1:a@{1}"]),
    ("", []),
    ("# nothing", []),
]

BEYOND = [
    ("echo $(a b)", ["a b", "echo $(a b)"]),
    ('echo "$(a "b c")"', ["a b c", 'echo $(a "b c")']),
    ("echo $(a $(b))", ["b", "a $(b)", "echo $(a $(b))"]),
    ("echo `a b`", ["a b", "echo `a b`"]),
    ("a <(b c)", ["b c", "a <(…)"]),
    ("a > >(b)", ["b", "a >(…)"]),
    ("X=1 a", ["a"]),
    ("X=1 Y+=2 a[0]=3 a", ["a"]),
    ("X=1", []),
    ("a > b", ["a"]),
    ("a >> b", ["a"]),
    ("a >| b", ["a"]),
    ("a 2> b", ["a"]),
    ("a &> b", ["a"]),
    ("a >&b", ["a"]),
    ("a < b", ["a"]),
    ("a <> b", ["a"]),
    ("a <<< b", ["a"]),
    ("> b", []),
    ('a > "$x"', ["a"]),
    ("a > /dev/tcp/1.2.3.4/80", ["a"]),
    ("if a; then b; else c; fi", ["a", "b", "c"]),
    ("for x in a b; do c $x; done", ["c $x"]),
    ("while a; do b; done", ["a", "b"]),
    ("[[ -n x ]]", ["[[ -n x ]]"]),
    ("echo $((1 + 2))", ["1 + 2", "echo $((1 + 2))"]),
]

OPEN = [
    ("eval a b", ["eval a b"]),
    ("source x", ["source x"]),
    (". x", [". x"]),
    ("exec a", ["exec a"]),
    ("alias a=b", ["alias a=b"]),
    ("trap a EXIT", ["trap a EXIT"]),
    ("let a", ["let a"]),
    ("f() { a; }", ["f", "a"]),
    ("function f { a; }", ["function f { a"]),
    ("a=(b c)", ["b c"]),
    ("((a = 1))", ["a = 1"]),
    ("case x in y) a;; esac", ["a"]),
    ("$x a", ["$x a"]),
    ('"$x" a', ["$x a"]),
    ("$(a) b", ["a", "$(a) b"]),
    ("/bin/r? x", ["/bin/r? x"]),
    ("{a,b}", ["{a,b}"]),
    ("'' a", [" a"]),
    ("cat <<EOF\na b\nEOF", ["cat EOF", "a b", "EOF"]),
    ("cat <<-'EOF'\na\nEOF", ["cat EOF", "a", "EOF"]),
    ("echo $'a'; b", ["echo"]),
    ("echo $[1]", ["echo"]),
    ("echo ${x:0:1}", ["echo"]),
    ("echo ${x:-$(a)}", ["echo"]),
    ("echo 'a", ["echo"]),
    ('echo "a', ["echo"]),
    ("echo a\\", ["echo"]),
    ("echo `a", ["echo"]),
    ("echo `a \\`b\\``", ["echo"]),
    ("(a", ["a"]),
    ("echo $(a", ["a", "echo"]),
    ("a)", ["a"]),
    ("a\rb", ["a\rb"]),
    ("a\x00b", ["a\x00b"]),
    ("a\x1b[2J", ["a\x1b[2J"]),
]


def commands_of(text: str) -> list[str]:
    return [" ".join(word.text for word in words) for words in parse_command_line(text).commands]


@pytest.mark.parametrize(("text", "commands"), PLAIN)
def test_a_plain_text_is_its_commands(text: str, commands: list[str]) -> None:
    line = parse_command_line(text)

    assert (commands_of(text), line.beyond, line.is_open) == (commands, (), False)


@pytest.mark.parametrize(("text", "commands"), BEYOND)
def test_what_is_more_than_commands_is_said_and_all_its_commands_are_known(
    text: str, commands: list[str]
) -> None:
    line = parse_command_line(text)

    assert (commands_of(text), bool(line.beyond), line.is_open) == (commands, True, False)


@pytest.mark.parametrize(("text", "commands"), OPEN)
def test_what_may_run_commands_unseen_is_said_to(text: str, commands: list[str]) -> None:
    line = parse_command_line(text)

    assert (commands_of(text), bool(line.beyond), line.is_open) == (commands, True, True)


@pytest.mark.parametrize(
    ("word", "expansion"),
    [
        ("a", Expansion.NONE),
        ("'*'", Expansion.NONE),
        ('"a*"', Expansion.NONE),
        ("\\*", Expansion.NONE),
        ("{a}", Expansion.NONE),
        ("{a','b}", Expansion.NONE),
        ("'$x'", Expansion.NONE),
        ("\\$x", Expansion.NONE),
        ("a[b", Expansion.NONE),
        ("*.py", Expansion.GLOB),
        ("a?", Expansion.GLOB),
        ("[ab]", Expansion.GLOB),
        ("'a'*", Expansion.GLOB),
        ('"$x"', Expansion.ONE),
        ('"a ${x} b"', Expansion.ONE),
        ('"$(b)"', Expansion.ONE),
        ("$x", Expansion.ANY),
        ("a$x", Expansion.ANY),
        ("$1", Expansion.ANY),
        ("${x%.py}", Expansion.ANY),
        ('"$x"$y', Expansion.ANY),
        ("`b`", Expansion.ANY),
        ("{a,b}", Expansion.ANY),
        ("{1..9}", Expansion.ANY),
        ("{'a',b}", Expansion.ANY),
    ],
)
def test_a_word_knows_what_the_shell_makes_of_it(word: str, expansion: Expansion) -> None:
    words = parse_command_line(f"echo {word}").commands[-1]

    assert words[1].expansion is expansion


def test_a_text_that_is_very_long_is_not_taken_apart() -> None:
    line = parse_command_line("a" * (MOST_CHARS + 1))

    assert (line.commands, line.is_open) == ((), True)


@pytest.mark.parametrize(
    "piece",
    ["{,", "[", "! ", "a;", "a ", "(", "$(", "`a`", "'\"'", "$x", "a=b ", "x[", '"$(', "{ ", "\\\n", "${"],
)
def test_no_text_takes_long(piece: str) -> None:
    began = time.process_time()
    parse_command_line((piece * MOST_CHARS)[:MOST_CHARS])

    assert time.process_time() - began < 5
