from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from goflow.problems import FieldPath, Locator, Span
from goflow.workflow import Bundle

WORKFLOW = """\
name: x
agents:
  writer:
    inline:
      prompt: |
        Look at {{inputs.a}},
        then at {{inputs.b}} and {{inputs.a}}.
steps:
  -   # nothing here
  - id: one
    agent: &agent writer
    prompt: "é {{inputs.a}} {{inputs.a}}"
    depends_on: [~, two, three]
  - just a text
  - <<: {prompt: merged}
    id: two
"""


@pytest.fixture
def locator(load: Callable[..., Bundle]) -> Locator:
    bundle = load(WORKFLOW)
    return bundle.locators[bundle.path]


def place(span: Span) -> tuple[int, int, str]:
    return span.line, span.column, span.text[span.column - 1 :][: span.width]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("name",), (1, 7, "x")),
        (("steps", 0, "id"), (10, 9, "one")),
        (("steps", 0, "agent"), (11, 12, "&agent writer")),
        (("steps", 0, "depends_on"), (13, 17, "[~, two, three]")),
        (("steps", 1, "id"), (16, 9, "two")),
        (("steps", 1, "prompt"), (15, 18, "merged")),
    ],
)
def test_a_value_has_a_place(path: FieldPath, expected: tuple[int, int, str], locator: Locator) -> None:
    assert place(locator.span(path)) == expected


def test_lists_count_the_items_that_were_decoded(locator: Locator) -> None:
    assert place(locator.span(("steps", 0, "depends_on", 0))) == (13, 21, "two")
    assert place(locator.span(("steps", 0, "depends_on", 1))) == (13, 26, "three")


def test_a_key_has_a_place(locator: Locator) -> None:
    assert place(locator.span(("steps", 0, "depends_on"), key=True)) == (13, 5, "depends_on")
    assert place(locator.span(("agents", "writer"), key=True)) == (3, 3, "writer")


@pytest.mark.parametrize(
    ("text", "occurrence", "expected"),
    [
        ("{{inputs.a}}", 0, (6, 17)),
        ("{{inputs.b}}", 0, (7, 17)),
        ("{{inputs.a}}", 1, (7, 34)),
    ],
)
def test_a_text_is_found_inside_a_block(
    text: str, occurrence: int, expected: tuple[int, int], locator: Locator
) -> None:
    span = locator.span(("agents", "writer", "inline", "prompt"), text=text, occurrence=occurrence)

    assert place(span) == (*expected, text)


def test_a_text_is_found_inside_quotes(locator: Locator) -> None:
    span = locator.span(("steps", 0, "prompt"), text="{{inputs.a}}", occurrence=1)

    assert place(span) == (12, 29, "{{inputs.a}}")


def test_a_text_that_is_not_written_so_has_the_place_of_the_value(locator: Locator) -> None:
    span = locator.span(("steps", 0, "prompt"), text="{{inputs.a}}", occurrence=2)

    assert place(span) == (12, 13, '"é {{inputs.a}} {{inputs.a}}"')


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("config", "model"), (1, 1)),
        (("steps", 0, "timeout"), (10, 5)),
        (("steps", 0, "id", 3), (10, 9)),
        (("steps", 7), (9, 3)),
        (("steps", 0, "depends_on", 9), (13, 17)),
    ],
)
def test_what_is_not_there_has_the_place_of_its_nearest_parent(
    path: FieldPath, expected: tuple[int, int], locator: Locator
) -> None:
    for key in (False, True):
        span = locator.span(path, key=key)
        assert (span.line, span.column) == expected


def test_a_text_is_not_looked_for_beyond_the_value(locator: Locator) -> None:
    span = locator.span(("agents", "writer", "inline", "prompt"), text="{{inputs.a}}", occurrence=2)

    assert (span.line, span.column) == (5, 15)


def test_line_ends_of_every_kind_count_once(load: Callable[..., Bundle]) -> None:
    bundle = load("name: x\r\nsteps:\r\n- id: a\r\n  prompt: |\r\n    one\r\n\r\n    two {{x}}\r\n")

    span = bundle.locators[bundle.path].span(("steps", 0, "prompt"), text="{{x}}")

    assert span == Span(file="workflow.yaml", line=7, column=9, width=5, text="    two {{x}}")


def test_a_byte_order_mark_takes_no_column(load: Callable[..., Bundle]) -> None:
    bundle = load("\ufeffname: x\nsteps: [{id: a, prompt: b}]\n")

    assert place(bundle.locators[bundle.path].span(("name",), key=True)) == (1, 1, "name")


def test_the_body_of_an_agent_file_is_its_prompt(load: Callable[..., Bundle], tmp_path: Path) -> None:
    agent = "---\nname: x\ntools: [a, b]\n---\n\nLook at {{inputs.a}}.\n"
    bundle = load("steps: [{id: a, prompt: b, agent: x}]", {"agents/some.agent.md": agent})

    locator = bundle.locators[str(tmp_path / "agents" / "some.agent.md")]

    assert place(locator.span(("prompt",), text="{{inputs.a}}")) == (6, 9, "{{inputs.a}}")
    assert place(locator.span(("tools", 1))) == (3, 12, "b")
    assert place(locator.span(("model",)))[:2] == (2, 1)


def test_a_body_without_front_matter_has_places_too(load: Callable[..., Bundle], tmp_path: Path) -> None:
    bundle = load("steps: [{id: a, prompt: b, agent: x}]", {"agents/x.agent.md": "Look at {{inputs.a}}."})

    locator = bundle.locators[str(tmp_path / "agents" / "x.agent.md")]

    assert place(locator.span(("prompt",), text="{{inputs.a}}")) == (1, 9, "{{inputs.a}}")
    assert place(locator.span(("name",)))[:2] == (1, 1)


ALIASES = """\
name: x
steps:
  - &a {id: one, prompt: x}
  # not *a
  - *a
  - {id: two, prompt: y, depends_on: [&b one, *b , three, *b]}
  - *a
"""


def test_an_item_that_is_an_alias_stands_where_the_alias_is_written(load: Callable[..., Bundle]) -> None:
    bundle = load(ALIASES)
    locator = bundle.locators[bundle.path]
    needs = [place(locator.span(("steps", 2, "depends_on", index))) for index in range(4)]

    assert place(locator.span(("steps", 0, "id"))) == (3, 13, "one")
    assert [place(locator.span(("steps", index, "id"))) for index in (1, 3)] == [(5, 5, "*a"), (7, 5, "*a")]
    assert needs == [(6, 39, "&b one"), (6, 47, "*b"), (6, 52, "three"), (6, 59, "*b")]
