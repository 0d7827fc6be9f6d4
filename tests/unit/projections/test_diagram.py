"""Drawings from which every edge can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hypothesis import given, settings, strategies as st

from goflow.planning.plan import Plan
from goflow.projections import RunView
from goflow.projections.diagram import DiagramFormat, draw
from goflow.workflow import Condition
from tests.properties.worlds import plan_of
from tests.unit.projections.runs import fails, not_run, runs, skipped, starts, step, view_of

FAN = plan_of(
    step("analyze"),
    step("security-check", "analyze"),
    step("performance-check", "analyze"),
    step("style-check", "analyze"),
    step("summary", "security-check", "performance-check", "style-check"),
)


def ascii_of(plan: Plan, *, view: RunView | None = None, width: int = 100) -> str:
    return draw(plan, DiagramFormat.ASCII, view=view, width=width)


def test_a_fan_out_and_in_looks_like_one() -> None:
    assert ascii_of(FAN) == (
        "analyze ─┬→ security-check ────┬→ summary\n"
        "         ├→ performance-check ─┤\n"
        "         └→ style-check ───────┘\n"
    )


def test_one_step_is_its_name() -> None:
    assert ascii_of(plan_of(step("only"))) == "only\n"


def test_a_step_that_is_needed_later_goes_on_as_a_line() -> None:
    assert ascii_of(plan_of(step("a"), step("b", "a"), step("c", "a", "b"))) == (
        "a ─┬→ b ─┬→ c\n   └─────┘\n"
    )


def test_lines_that_cross_do_not_touch() -> None:
    plan = plan_of(
        step("a0"),
        step("b0"),
        step("b1"),
        step("a1"),
        step("t1", "a0", "a1"),
        step("t2", "a0", "a1"),
        step("u", "b0", "b1"),
    )

    assert ascii_of(plan) == ("a0 ───┬→ t1\nb0 ─┐ ├→ t2\nb1 ─┴─│→ u\na1 ───┘\n")


def test_edges_that_would_share_a_line_make_a_listing() -> None:
    assert ascii_of(plan_of(step("a"), step("b"), step("c", "a"), step("x", "a", "b"))) == (
        "level 0\n  a\n  b\nlevel 1\n  c ← a\n  x ← all of level 0\n"
    )


def test_a_picture_that_does_not_fit_is_a_listing() -> None:
    deep = plan_of(step("s0"), *(step(f"s{number}", f"s{number - 1}") for number in range(1, 12)))

    assert ascii_of(deep, width=70).startswith("level 0\n  s0\nlevel 1\n  s1 ← s0\n")
    assert ascii_of(deep, width=200).startswith("s0 ──→ s1 ──→ s2")
    assert ascii_of(FAN, width=40).startswith("level 0")


def test_a_wide_graph_is_a_short_listing() -> None:
    names = [f"part-{number}" for number in range(300)]
    text = ascii_of(
        plan_of(step("prepare"), *(step(name, "prepare") for name in names), step("report", *names))
    )

    assert text.endswith("  part-299 ← prepare\nlevel 2\n  report ← all of level 1\n")
    assert len(text.splitlines()) == 305


def test_long_lists_of_needs_are_folded_between_names() -> None:
    names = [f"a-step-{number}" for number in range(8)]
    text = ascii_of(plan_of(*map(step, names), step("x", *names[:2]), step("sum", *names[1:])), width=50)

    assert text.endswith(
        "level 1\n"
        "  x   ← a-step-0, a-step-1\n"
        "  sum ← a-step-1, a-step-2, a-step-3, a-step-4,\n"
        "        a-step-5, a-step-6, a-step-7\n"
    )


def test_states_of_a_run_stand_with_the_steps() -> None:
    view = view_of(*runs("analyze"), *fails("security-check"), starts("style-check"))

    assert ascii_of(FAN, view=view, width=120) == (
        "analyze [completed] ─┬→ security-check [failed] ─────┬→ summary [pending]\n"
        "                     ├→ performance-check [pending] ─┤\n"
        "                     └→ style-check [running] ───────┘\n"
    )


CONDITIONAL = plan_of(
    step("run-tests"),
    step(
        "end",
        "run-tests",
        condition=Condition(step="run-tests", contains=('say "ALL\nPASSED" <b>',), not_equals=("x",)),
    ),
    step("after", "end", condition=Condition(step="run-tests", not_contains=("a",), equals=("b\\",))),
)


def test_mermaid_numbers_the_steps_and_escapes_what_it_would_read_as_markup() -> None:
    assert draw(CONDITIONAL, DiagramFormat.MERMAID) == (
        "flowchart LR\n"
        '    s0["run-tests"]\n'
        '    s1["end"]\n'
        '    s2["after"]\n'
        '    s0 -. "contains #39;say #34;ALL PASSED#34; #60;b#62;#39; and does not equal #39;x#39;" .-> s1\n'
        "    s1 --> s2\n"
        '    s0 -. "does not contain #39;a#39; and equals #39;b#92;#39;" .-> s2\n'
    )


def test_mermaid_colours_the_states() -> None:
    view = view_of(*runs("run-tests"), skipped("end"), not_run("after", "end"))
    lines = draw(CONDITIONAL, DiagramFormat.MERMAID, view=view).splitlines()

    assert '    s1["end #91;skipped#93;"]' in lines
    assert "    class s0 completed" in lines
    assert "    class s2 not_run" in lines


def test_dot_quotes_names_and_labels() -> None:
    assert draw(CONDITIONAL, DiagramFormat.DOT) == (
        'digraph "w" {\n'
        "  rankdir=LR;\n"
        '  node [shape=box, style="rounded,filled", fillcolor=white];\n'
        '  "run-tests" [label="run-tests"];\n'
        '  "end" [label="end"];\n'
        '  "after" [label="after"];\n'
        '  "run-tests" -> "end" [style=dashed, label="contains \'say \\"ALL PASSED\\" <b>\''
        " and does not equal 'x'\"];\n"
        '  "end" -> "after";\n'
        '  "run-tests" -> "after" [style=dashed, label="does not contain \'a\' and equals \'b\\\\\'"];\n'
        "}\n"
    )


def test_dot_colours_the_states() -> None:
    text = draw(FAN, DiagramFormat.DOT, view=view_of(*fails("analyze")))

    assert '  "analyze" [label="analyze [failed]", fillcolor="#ffebe9"];\n' in text
    assert '  "summary" [label="summary [pending]", fillcolor="#f6f8fa"];\n' in text


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    count = draw(st.integers(1, 9))
    most = draw(st.integers(1, 4))
    steps = [
        step(
            f"s{number}",
            *draw(st.lists(st.sampled_from([f"s{n}" for n in range(number)]), unique=True, max_size=most)),
        )
        if number
        else step("s0")
        for number in range(count)
    ]
    return plan_of(*steps)


def edges_of(plan: Plan) -> set[tuple[str, str]]:
    return {(need, found.id) for found in plan.steps.values() for need in found.needs}


def read_listing(text: str) -> Iterator[tuple[str, str]]:
    levels: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("level"):
            levels.append([])
            continue
        name, _, needs = line.strip().partition(" ← ")
        levels[-1].append(name.strip())
        whole = re.fullmatch(r"all of level (\d+)", needs)
        for need in levels[int(whole[1])] if whole else filter(None, needs.split(", ")):
            yield need, name.strip()


def read_picture(text: str) -> Iterator[tuple[str, str]]:
    """Follow every line from left to right, as an eye does."""
    rows = text.splitlines()
    for row, line in enumerate(rows):
        for found in re.finditer(r"s\d+", line):
            for place in follow(rows, row, found.end() + 1):
                name = re.match(r"s\d+", rows[place[0]][place[1] + 2 :])
                assert name is not None
                yield found[0], name[0]


OPENINGS = {
    "─": "r",
    "│": "ud",
    "┐": "d",
    "┘": "u",
    "┌": "rd",
    "└": "ru",
    "┤": "ud",
    "├": "rud",
    "┬": "rd",
    "┴": "ru",
    "┼": "rud",
}
MOVES = {"r": (0, 1), "u": (-1, 0), "d": (1, 0)}
OPPOSITE = {"u": "d", "d": "u"}


def follow(rows: list[str], row: int, column: int, heading: str = "r") -> Iterator[tuple[int, int]]:
    if not (0 <= row < len(rows) and column < len(rows[row])) or rows[row][column] == " ":
        return
    char = rows[row][column]
    if char == "→":
        yield row, column
        return
    ways = heading if char in "│─" else OPENINGS[char]
    for way in ways:
        if way != OPPOSITE.get(heading):
            down, right = MOVES[way]
            yield from follow(rows, row + down, column + right, way)


@given(plan=plans())
def test_every_edge_can_be_read_from_the_text(plan: Plan) -> None:
    text = ascii_of(plan, width=400)
    read = read_listing(text) if text.startswith("level") else read_picture(text)

    assert sorted(read) == sorted(edges_of(plan))


@settings(max_examples=40)
@given(data=st.data())
def test_layers_of_joined_groups_always_have_a_picture(data: st.DataObject) -> None:
    """Steps of each layer are dealt into groups, and each group feeds a group of the next, in any order."""
    before, steps = ["s0"], [step("s0")]
    for _ in range(data.draw(st.integers(1, 4))):
        groups: dict[int, list[str]] = {}
        for name in before:
            groups.setdefault(data.draw(st.integers(0, 2)), []).append(name)
        layer = []
        for members in data.draw(st.permutations(list(groups.values()))):
            for _ in range(data.draw(st.integers(1, 3))):
                layer.append(f"s{len(steps)}")
                steps.append(step(layer[-1], *members))
        before = layer
    plan = plan_of(*steps)
    text = ascii_of(plan, width=400)

    assert not text.startswith("level")
    assert sorted(read_picture(text)) == sorted(edges_of(plan))
