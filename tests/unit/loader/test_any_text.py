"""Whatever stands in a file, loading it returns problems and raises nothing."""

from __future__ import annotations

import string
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, strategies as st

from goflow.loader.agent_file import parse_agent_file
from goflow.loader.findings import Findings
from goflow.loader.inputs import read_inputs
from goflow.loader.load import load_bundle
from goflow.loader.reader import RecordedReader
from goflow.loader.source_text import SourceText
from goflow.loader.sources import source_file
from goflow.loader.yaml_nodes import Load, compose, literal
from goflow.problems import InvalidWorkflow, Problem
from goflow.workflow import Bundle, SourceRole

CWD = Path("/nowhere").absolute()
KEYS = [
    *(
        "name",
        "description",
        "inputs",
        "config",
        "agents",
        "skills",
        "steps",
        "output",
        "goflow",
        "x-y",
        "<<",
    ),
    *("id", "agent", "prompt", "depends_on", "condition", "on_error", "retry_count", "timeout", "settings"),
    *("file", "inline", "tools", "model", "default", "secret", "type", "provider", "truncate", "limit"),
    *("shared_memory", "initial_file", "step", "contains", "fallback", "extra_body", "format", "for_each"),
]
SCALARS = st.one_of(
    st.sampled_from(
        ["~", "", "a", "0", "1.10", "yes", "90s", "fail", "{{inputs.x}}", "*a", "&a b", "!t x", "../x"]
    ),
    st.text(st.characters(codec="utf-8"), max_size=8),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(st.sampled_from(KEYS), inner, max_size=4).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"
        ),
    ),
    max_leaves=12,
)
WORKFLOWS = st.lists(st.tuples(st.sampled_from(KEYS), VALUES), max_size=6).map(
    lambda pairs: "".join(f"{key}: {value}\n" for key, value in pairs)
)


def load(content: bytes) -> Bundle:
    source = source_file(SourceRole.WORKFLOW, CWD / "w.yaml", content)
    return load_bundle("w.yaml", cwd=CWD, home=CWD, reader=RecordedReader([source]))


def check(problems: tuple[Problem, ...] | list[Problem]) -> None:
    for problem in problems:
        assert problem.message.isprintable()
        assert problem.help is None or problem.help.isprintable()
        for span in (problem.span, *(related.span for related in problem.related)):
            assert span is None or (
                span.line >= 1 and 1 <= span.column <= len(span.text) + 1 and span.width >= 1
            )


@given(st.binary())
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf\xff")
@example(b'"\\U00110000"')
@example(b"%YAML 1.2\n--- a")
@example(b"%TAG ! tag:x,2000:\n--- !a b")
@example(b"? ?\n: :")
@example(b"--- |9\n")
@example(b"a: !<> b")
def test_any_bytes_load(content: bytes) -> None:
    bundle = load(content)

    check(bundle.problems)
    assert bundle.problems


@given(WORKFLOWS)
def test_anything_like_a_workflow_loads(text: str) -> None:
    bundle = load(text.encode())

    check(bundle.problems)
    for index, step in enumerate(bundle.workflow.steps):
        span = bundle.locators[bundle.path].span(("steps", index, "id"))
        assert step.id in span.text or "\\" in span.text


@given(st.text(st.characters(codec="utf-8")) | WORKFLOWS)
@pytest.mark.parametrize("loader", [literal(yaml.CSafeLoader), literal(yaml.SafeLoader)], ids=["C", "Python"])
def test_any_text_composes(loader: Load, text: str) -> None:
    at = Findings(SourceText("w.yaml", text))
    compose(at, load=loader)

    check(at.problems)


@given(st.text(st.characters(codec="utf-8")) | WORKFLOWS, st.booleans())
def test_any_agent_file_parses(text: str, has_body: bool) -> None:  # noqa: FBT001
    content = f"---\n{text}\n---\nbody\n" if has_body else text
    file = parse_agent_file(CWD / "a.agent.md", content.encode(), shown_path="a.agent.md")

    check(file.problems)
    assert all(hasattr(file.agent, field.name) for field in fields(file.agent))


@given(st.text(st.characters(codec="utf-8")) | WORKFLOWS)
def test_any_file_of_values_is_read_or_refused(text: str) -> None:
    path = CWD / "values"
    reader = RecordedReader([source_file(SourceRole.INPUT, path, text.encode())])
    try:
        given_inputs = read_inputs(load(b"steps: []"), input_file="values", cwd=CWD, reader=reader)
    except InvalidWorkflow as error:
        check(error.problems)
    else:
        assert all(isinstance(value, str) for value in given_inputs.values.values())


@given(
    st.text(string.ascii_letters + string.digits + "._+-", min_size=1).filter(
        lambda text: text[0] not in "-?"
    )
)
@example("1.10")
@example("010")
@example("0x1F")
@example("1e3")
@example("yes")
@example("2026-01-01")
@example("1_000")
@example(".inf")
@example("NaN")
def test_plain_scalars_keep_their_spelling(written: str) -> None:
    bundle = load(f"name: {written}\nsteps: [{{id: a, prompt: {written}}}]\nskills: [{written}]".encode())

    if written.lower() != "null":
        assert (bundle.workflow.name, bundle.workflow.steps[0].prompt) == (written, written)
        assert bundle.workflow.skills == (written,)
