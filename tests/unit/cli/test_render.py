from __future__ import annotations

import json

import pytest

from goflow.cli.render import ProblemFormat, render, render_text
from goflow.problems import Problem, Related, Severity, Span


def span(text: str, marked: str, *, line: int = 14, file: str = "bad.yaml") -> Span:
    return Span(file=file, line=line, column=text.index(marked) + 1, width=len(marked), text=text)


def lines(problem: Problem, *, has_unicode: bool = True) -> list[str]:
    *shown, empty = render_text([problem], has_unicode=has_unicode).splitlines()
    assert empty == ""
    return shown


AGENT = Problem(
    code="GF201",
    message="step `scan-auth` uses agent `reveiwer`, which is not defined",
    span=span("    agent: reveiwer", "reveiwer"),
    help="did you mean `reviewer`? defined agents: reviewer, reporter",
    related=(Related(span=span("agents:", "agents:", line=4), message="agents are defined here"),),
)


def test_a_problem_is_shown_with_its_lines_a_caret_and_a_hint() -> None:
    assert render_text([AGENT]) == (
        "error[GF201]: step `scan-auth` uses agent `reveiwer`, which is not defined\n"
        "  ╭─▸ bad.yaml:14:12\n"
        " 4 │ agents:\n"
        "   │ ------- agents are defined here\n"
        "   ┆\n"
        "14 │     agent: reveiwer\n"
        "   │            ^^^^^^^^\n"
        "   ╰ help: did you mean `reviewer`? defined agents: reviewer, reporter\n"
        "\n"
    )


def test_where_only_ascii_can_be_shown_other_signs_take_their_place() -> None:
    problem = Problem(
        code="GF301",
        message="refers to `ünknown…`",
        span=span("  größe: ünknown", "ünknown"),
        related=(Related(span=span("schließlich", "schließlich", line=2), message="hier: ü"),),
        help="nämlich",
    )

    assert lines(problem, has_unicode=False) == [
        "error[GF301]: refers to `?nknown...`",
        "  --> bad.yaml:14:10",
        " 2 | schlie?lich",
        "   | ----------- hier: ?",
        "   :",
        "14 |   gr??e: ?nknown",
        "   |          ^^^^^^^",
        "   = help: n?mlich",
    ]


def test_a_problem_without_a_place_is_its_message_and_its_hint() -> None:
    problem = Problem(code="GF001", message="broken", severity=Severity.WARNING, help="repair it")

    assert lines(problem) == ["warning[GF001]: broken", "  ╰ help: repair it"]


def test_neighbouring_lines_are_shown_without_a_gap() -> None:
    related = Related(span=span("  - a", "a", line=13), message="first here")
    problem = Problem(code="GF204", message="twice", span=span("  - b", "b"), related=(related,))

    assert lines(problem)[2:] == [
        "13 │   - a",
        "   │     - first here",
        "14 │   - b",
        "   │     ^",
    ]


def test_two_places_on_one_line_are_marked_below_each_other() -> None:
    text = "[one, one]: x"
    marked = [(span(text, "one", line=9), "first here"), (span(text, "[one, one]", line=9), "in this list")]
    problem = Problem(
        code="GF204",
        message="twice",
        span=Span(file="bad.yaml", line=9, column=7, width=3, text=text),
        related=tuple(Related(span=place, message=message) for place, message in marked),
    )

    assert lines(problem)[1:] == [
        " ╭─▸ bad.yaml:9:7",
        "9 │ [one, one]: x",
        "  │       ^^^",
        "  │  --- first here",
        "  │ ---------- in this list",
    ]


def test_a_related_place_in_another_file_has_a_heading_of_its_own() -> None:
    related = Related(
        span=span("name: two", "two", line=2, file="agents/x.md"), message="the name is given here"
    )
    problem = Problem(code="GF120", message="odd", span=span("  x:", "x"), related=(related,), help="see")

    assert lines(problem)[1:] == [
        "  ╭─▸ bad.yaml:14:3",
        "14 │   x:",
        "   │   ^",
        "  ├─▸ agents/x.md:2:7",
        " 2 │ name: two",
        "   │       --- the name is given here",
        "   ╰ help: see",
    ]


@pytest.mark.parametrize(
    ("text", "marked", "row", "mark"),
    [
        ("\tprompt:\tx", "x", "    prompt:    x", "               ^"),
        ("  審査: 重要 x", "重要", "  審査: 重要 x", "        ^^^^"),
        ("  e\u0301te\u0301: nein", "nein", "  e\u0301te\u0301: nein", "       ^^^^"),
        ("a \x1b[31mred\x1b[0m end", "end", "a red end", "      ^^^"),
        ("a\x07\x1b]52;c;eA==\x07b\u202ec", "c;eA==\x07b", "abc", " ^"),
        ("lone \ud800 x", "x", "lone ? x", "       ^"),
    ],
)
def test_the_caret_stands_below_its_text_whatever_stands_before_it(
    text: str, marked: str, row: str, mark: str
) -> None:
    problem = Problem(code="GF301", message="x", span=span(text, marked))

    assert lines(problem)[2:] == [f"14 │ {row}", f"   │ {mark}"]


def test_a_place_at_the_end_of_a_line_is_marked_there() -> None:
    problem = Problem(code="GF006", message="x", span=Span(file="w", line=1, column=4, width=1, text="abc"))

    assert lines(problem)[2:] == ["1 │ abc", "  │    ^"]


def test_an_empty_line_is_marked_at_its_beginning() -> None:
    problem = Problem(code="GF007", message="x", span=Span(file="w", line=1, column=1))

    assert lines(problem)[2:] == ["1 │", "  │ ^"]


def test_a_very_long_line_is_cut_around_the_place() -> None:
    text = "a" * 1000 + "HERE" + "b" * 1000
    problem = Problem(code="GF301", message="x", span=span(text, "HERE"))

    assert lines(problem)[2:] == [
        "14 │ …" + "a" * 40 + "HERE" + "b" * 56 + "…",
        "   │  " + " " * 40 + "^^^^",
    ]
    assert lines(problem, has_unicode=False)[2] == "14 | ..." + "a" * 40 + "HERE" + "b" * 56 + "..."


@pytest.mark.parametrize("marked", ["HERE", "HERE" + "b" * 900])
def test_a_long_line_is_cut_on_one_side_where_the_place_is_near_the_other(marked: str) -> None:
    begin = Problem(code="GF301", message="x", span=span(marked + "b" * 1000, marked))
    end = Problem(code="GF301", message="x", span=span("a" * 1000 + "HERE", "HERE"))

    assert lines(begin)[2] == "14 │ HERE" + "b" * 96 + "…"
    assert len(lines(begin)[3]) <= len("14 │ ") + 100
    assert lines(end)[2:] == ["14 │ …" + "a" * 96 + "HERE", "   │  " + " " * 96 + "^^^^"]


def test_places_far_apart_on_a_long_line_are_shown_each() -> None:
    text = "ONE" + "a" * 1000 + "TWO"
    problem = Problem(
        code="GF204",
        message="x",
        span=span(text, "TWO"),
        related=(Related(span=span(text, "ONE"), message="first"),),
    )

    assert lines(problem)[2:] == [
        "14 │ …" + "a" * 97 + "TWO",
        "   │  " + " " * 97 + "^^^",
        "14 │ ONE" + "a" * 97 + "…",
        "   │ --- first",
    ]


def test_a_message_stays_on_one_line_and_carries_no_escapes() -> None:
    problem = Problem(code="GF301", message="a\nb \x1b[31mred", help="c\nd")

    assert lines(problem) == ["error[GF301]: a b red", "  ╰ help: c d"]


def test_concise_is_a_line_each_that_editors_can_read() -> None:
    nowhere = Problem(code="GF001", message="gone\n::error::x", severity=Severity.WARNING)

    assert render([AGENT, nowhere], ProblemFormat.CONCISE) == (
        "bad.yaml:14:12: error[GF201]: step `scan-auth` uses agent `reveiwer`, which is not defined\n"
        "warning[GF001]: gone ::error::x\n"
    )


def test_json_is_one_array_with_everything_that_is_known() -> None:
    nowhere = Problem(code="GF001", message="gone", severity=Severity.WARNING)

    assert json.loads(render([AGENT, nowhere], ProblemFormat.JSON)) == [
        {
            "code": "GF201",
            "severity": "error",
            "message": "step `scan-auth` uses agent `reveiwer`, which is not defined",
            "help": "did you mean `reviewer`? defined agents: reviewer, reporter",
            "file": "bad.yaml",
            "line": 14,
            "column": 12,
            "end_column": 20,
            "related": [
                {
                    "message": "agents are defined here",
                    "file": "bad.yaml",
                    "line": 4,
                    "column": 1,
                    "end_column": 8,
                }
            ],
        },
        {
            "code": "GF001",
            "severity": "warning",
            "message": "gone",
            "help": None,
            "file": None,
            "line": None,
            "column": None,
            "end_column": None,
            "related": [],
        },
    ]


def test_github_gets_annotations_that_no_text_can_break_out_of() -> None:
    place = Span(file="a,b:c%.yaml", line=3, column=7, width=2, text="")
    problem = Problem(code="GF301", message="50% of\r\n::error::\x1b[31mx", span=place, help="a: b, c")
    nowhere = Problem(code="GF001", message="gone", severity=Severity.WARNING)

    assert render([problem, nowhere], ProblemFormat.GITHUB) == (
        "::error file=a%2Cb%3Ac%25.yaml,line=3,col=7,endColumn=9,title=GF301"
        "::50%25 of%0D%0A::error::x%0Ahelp: a: b, c\n"
        "::warning title=GF001::gone\n"
    )


@pytest.mark.parametrize(
    ("how", "nothing"),
    [
        (ProblemFormat.TEXT, ""),
        (ProblemFormat.CONCISE, ""),
        (ProblemFormat.JSON, "[]\n"),
        (ProblemFormat.GITHUB, ""),
    ],
)
def test_no_problems_are_told_as_nothing(how: ProblemFormat, nothing: str) -> None:
    assert render([], how) == nothing
