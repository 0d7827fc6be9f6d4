from __future__ import annotations

import pytest
import yaml

from goflow.loader.findings import Findings
from goflow.loader.source_text import SourceText
from goflow.loader.yaml_nodes import Load, compose, literal

LOADERS = [literal(yaml.CSafeLoader), literal(yaml.SafeLoader)]


@pytest.fixture(params=LOADERS, ids=["C", "Python"])
def loader(request: pytest.FixtureRequest) -> Load:
    load: Load = request.param
    return load


def problems(text: str, load: Load) -> list[tuple[str, int, int]]:
    at = Findings(SourceText("workflow.yaml", text))
    assert compose(at, load=load) is None
    return [(problem.code, problem.span.line, problem.span.column) for problem in at.problems if problem.span]


def bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines)


def test_scalars_are_null_or_text_and_nothing_else(loader: Load) -> None:
    text = "[1, 1.10, 010, yes, 2026-01-01, 12:30, .inf, ~, null, 'null', , \"\"]".replace(", ,", ", !!str ,")
    root = compose(Findings(SourceText("", text)), load=loader)

    assert root is not None
    assert [(node.tag.rpartition(":")[2], node.value) for node in root.value] == [
        ("str", "1"),
        ("str", "1.10"),
        ("str", "010"),
        ("str", "yes"),
        ("str", "2026-01-01"),
        ("str", "12:30"),
        ("str", ".inf"),
        ("null", "~"),
        ("null", "null"),
        ("str", "null"),
        ("str", ""),
        ("str", ""),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b: c", ("GF006", 1, 5)),
        ("a: 'b\nc: d\n", ("GF006", 3, 1)),
        ("name: @x", ("GF006", 1, 7)),
        ("a: b\n--- \nc: d\n", ("GF008", 3, 1)),
        ("a: b\n---\n", ("GF008", 3, 1)),
        ("a: x\0y", ("GF005", 1, 5)),
        ("é: ok\nb: \x1b[31m", ("GF005", 2, 4)),
        ("a: &a [*a]", ("GF012", 1, 4)),
        (bomb(12), ("GF011", 6, 5)),
    ],
)
def test_what_is_not_yaml_has_a_place(text: str, expected: tuple[str, int, int], loader: Load) -> None:
    assert problems(text, loader) == [expected]


@pytest.mark.parametrize("opening", ["[", "- ", "{a: ", "? "])
def test_nesting_ends_at_a_hundred_levels(opening: str, loader: Load) -> None:
    (problem,) = problems(opening * 100_000, loader)

    assert problem[:2] == ("GF015", 1)


def test_aliases_do_not_get_around_the_limit_of_nesting(loader: Load) -> None:
    chain = ["a0: &a0 {k: v}", *(f"a{n}: &a{n} {{k: *a{n - 1}}}" for n in range(1, 200))]

    assert problems("\n".join(chain), loader)[0][0] == "GF015"


def test_a_long_text_may_not_be_repeated_without_end(loader: Load) -> None:
    text = "x: &x " + "y" * 1_000_000 + "\nall: [" + ", ".join(["*x"] * 300) + "]"
    at = Findings(SourceText("", text))

    assert compose(at, load=loader) is None
    assert at.problems[0].message == "aliases repeat too much: the document would hold 301,000,004 characters"


def test_a_bomb_of_nothing_at_all_is_one_too() -> None:
    text = bomb(8).replace("x", "~")
    at = Findings(SourceText("", text))

    assert compose(at) is None
    assert at.problems[0].message == "aliases repeat too much: 26 values become 54,481,013"


def test_many_aliases_of_something_small_are_fine(loader: Load) -> None:
    text = "x: &x {a: b, c: d}\nall: [" + ", ".join(["*x"] * 5000) + "]"

    assert compose(Findings(SourceText("", text)), load=loader) is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b: c", 'a text that holds `: ` needs quotes: `"…: …"`, or stands below `|`'),
        ("a: b\n  c: d", "a line that is indented further goes on with the text above it"),
        ("prompt: {{inputs.x}} more", 'a text that begins with `{{` needs quotes: `"{{…}}"`'),
        ("default: *.py", 'a text that begins with `*` needs quotes: `"*…"`'),
        ("a: b\n\tc: d", "indent with blanks; YAML does not allow tabs there"),
        ("a: 'b", "the quoted text that begins in line 1 has no end"),
        ("a: [b", None),
    ],
)
def test_common_slips_get_a_hint(text: str, expected: str | None) -> None:
    at = Findings(SourceText("", text))
    compose(at)

    assert [problem.help for problem in at.problems] == [expected]


def test_where_something_was_begun_is_told_beside_where_it_broke() -> None:
    at = Findings(SourceText("", "name: x\nsteps: [a, b\nagents: x\n"))
    compose(at)

    (problem,) = at.problems
    assert problem.message == "broken YAML: did not find expected ',' or ']'"
    assert [(place.span.line, place.message) for place in problem.related] == [
        (2, "while parsing a flow sequence, begun here")
    ]
