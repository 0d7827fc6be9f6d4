from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from goflow.loader.load import load_bundle
from goflow.loader.reader import MEGABYTE, RecordedReader
from goflow.loader.schema_check import mistakes_of
from goflow.workflow import Bundle, SourceRole

IN_A_FILE = "name: x\nsteps: [{id: a, prompt: b, output_schema: schemas/s.json}]\n"


def test_a_schema_in_place_holds_json_values(load: Callable[..., Bundle]) -> None:
    bundle = load("""\
name: x
steps:
- id: a
  prompt: b
  output_schema:
    type: object
    properties: {n: {type: integer, minimum: 1, default: "1"}, flag: {const: true}, none: {const: null}}
    required: [n]
""")

    assert bundle.problems == ()
    assert bundle.workflow.steps[0].output_schema == {
        "type": "object",
        "properties": {
            "n": {"type": "integer", "minimum": 1, "default": "1"},
            "flag": {"const": True},
            "none": {"const": None},
        },
        "required": ["n"],
    }


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("s.json", '{\n\t"type": "string", "title": "\\ud83d\\ude00"}'),
        ("s.yaml", "type: string\ntitle: 😀\n"),
        ("s.yml", '{"type": "string", "title": "😀"}'),
        ("s", "type: string\ntitle: 😀\n"),
    ],
)
def test_a_schema_in_a_file_is_read_and_kept_as_a_source(
    name: str, content: str, load: Callable[..., Bundle], tmp_path: Path
) -> None:
    bundle = load(IN_A_FILE.replace("s.json", name), {f"schemas/{name}": content})

    assert bundle.problems == ()
    schema = bundle.schemas[f"schemas/{name}"]
    assert (schema.path, schema.content) == (
        str(tmp_path / "schemas" / name),
        {"type": "string", "title": "😀"},
    )
    assert bundle.sources[-1].role is SourceRole.SCHEMA
    assert bundle.sources[-1].content == content.encode()


def test_a_schema_is_loaded_again_from_what_was_recorded(load: Callable[..., Bundle], tmp_path: Path) -> None:
    bundle = load(IN_A_FILE, {"schemas/s.json": '{"type": "string"}'})
    (tmp_path / "schemas/s.json").unlink()

    again = load_bundle("workflow.yaml", cwd=tmp_path, reader=RecordedReader(bundle.sources))

    assert (again.schemas, again.problems) == (bundle.schemas, ())


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"type": "strin"}', "schemas/s.json:1:10: error[GF125] no valid JSON Schema: `strin` is no type"),
        (b'{"type": }', "schemas/s.json:1:10: error[GF018] broken JSON: expecting value"),
        (b'{"a": "\xff"}', "schemas/s.json:1:8: error[GF004] not UTF-8: the byte 0xff at offset 7"),
        (b"5", "schemas/s.json:1:1: error[GF102] expected an object, which a schema is"),
        (
            b'{"items":' * 101 + b"{}" + b"}" * 101,
            "schemas/s.json:1:1: error[GF015] nested more than 100 levels deep",
        ),
        (
            b'{"a": "' + b"x" * MEGABYTE + b'"}',
            "workflow.yaml:2:43: error[GF124] the schema file `schemas/s.json` is larger than 1 MB",
        ),
        (
            b'{"$ref": "https://x.org/"}',
            "schemas/s.json:1:10: error[GF126] `$ref` `https://x.org/` leads to no schema inside this one",
        ),
    ],
)
def test_a_broken_schema_file_is_told_once(
    content: bytes, expected: str, load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    workflow = IN_A_FILE.replace("}]", "}, {id: b, prompt: c, output_schema: schemas/s.json}]")
    bundle = load(workflow, {"schemas/s.json": content})

    assert told(bundle) == [expected]
    assert bundle.schemas == {}


@pytest.mark.parametrize(
    ("content", "code"),
    [("", "GF007"), ("a: [", "GF006"), ("- a", "GF102"), ("type: !x a", "GF013"), ("a: 1\na: 2", "GF010")],
)
def test_a_broken_yaml_file_is_told(content: str, code: str, load: Callable[..., Bundle]) -> None:
    bundle = load(IN_A_FILE.replace("s.json", "s.yaml"), {"schemas/s.yaml": content})

    assert [problem.code for problem in bundle.problems] == [code]


def test_the_same_mistake_in_two_schemas_is_told_at_both(
    load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    schema = "output_schema: {type: strin}"
    bundle = load(f"name: x\nsteps:\n- {{id: a, prompt: b, {schema}}}\n- {{id: b, prompt: b, {schema}}}\n")

    assert told(bundle) == [
        f"workflow.yaml:{line}:44: error[GF125] no valid JSON Schema: `strin` is no type" for line in (3, 4)
    ]


def test_a_schema_that_is_neither_a_mapping_nor_a_path_is_a_mistake(
    load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    (line,) = told(load("name: x\nsteps: [{id: a, prompt: b, output_schema: [c]}]\n"))

    assert "expected a JSON Schema, which is a mapping, or the path of a file that holds one" in line


def test_the_workflow_itself_is_a_poor_schema_but_keeps_its_places(
    load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    bundle = load("name: x\nsteps:\n- {id: a, prompt: b, output_schema: workflow.yaml}\n- {id: b}\n")

    assert told(bundle) == ["workflow.yaml:4:3: error[GF103] a step needs `prompt`"]


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"properties": {"$ref": {}}, "enum": [{"$ref": "x"}], "default": {"$ref": "y"}},
        {"properties": {"next": {"$ref": "#"}}, "anyOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {}}},
        {"$ref": "#/elsewhere/0", "elsewhere": [{"type": "string"}]},
        {"$ref": "#/definitions/a", "definitions": {"a": True}},
        {"$id": "https://example.com/own", "$schema": "https://example.com/other"},
    ],
)
def test_a_schema_that_stays_within_itself_is_fine(schema: dict[str, object]) -> None:
    assert mistakes_of(json.loads(json.dumps(schema))) == []


@pytest.mark.parametrize(
    ("schema", "path", "message"),
    [
        ({"type": 5}, ("type",), "no valid JSON Schema: matches none of 2 schemas"),
        ({"required": "a"}, ("required",), 'no valid JSON Schema: "a" is not of type array'),
        ({"properties": {"a": 1}}, ("properties", "a"), "no valid JSON Schema: 1 is not of type object or"),
        ({"pattern": "("}, ("pattern",), "no valid JSON Schema: `(` is no regular expression"),
        ({"patternProperties": {"(": {}}}, ("patternProperties",), "no valid JSON Schema: `(` is no regular"),
        ({"$ref": "#/x", "x": {"type": "a"}}, ("x", "type"), "no valid JSON Schema: `a` is no type"),
        ({"$ref": "#/x", "x": {"$ref": "#/y"}}, ("x", "$ref"), "`$ref` `#/y` leads to no schema"),
        ({"$ref": "#/x", "x": 5}, ("$ref",), "`$ref` `#/x` leads to no schema"),
        ({"$ref": "#anchor", "$anchor": "anchor"}, ("$ref",), "`$ref` `#anchor` leads to no schema"),
        ({"$dynamicRef": "a.json"}, ("$dynamicRef",), "`$dynamicRef` `a.json` leads to no schema"),
        ({"$ref": "#"}, (), "a `$ref` comes back to where it began"),
        ({"items": {"$id": "x"}}, ("items", "$id"), "`$id` inside a schema"),
    ],
)
def test_what_is_wrong_in_a_schema_is_told_with_its_place(
    schema: dict[str, object], path: tuple[str | int, ...], message: str
) -> None:
    (mistake,) = mistakes_of(json.loads(json.dumps(schema)))

    assert mistake.path == path
    assert mistake.message.startswith(message)


def test_of_very_many_mistakes_the_first_are_told() -> None:
    assert len(mistakes_of({"properties": {str(number): 1 for number in range(1000)}})) == 10


LOADED = """
import sys
from pathlib import Path
from goflow.loader.load import load_bundle
from goflow.planning.checks import check
assert check(load_bundle("workflow.yaml", cwd=Path.cwd())) == ()
print("jsonschema" in sys.modules)
"""


@pytest.mark.parametrize(("schema", "is_imported"), [("", False), (", output_schema: {type: string}", True)])
def test_what_checks_schemas_is_imported_only_for_one(
    schema: str,
    is_imported: bool,  # noqa: FBT001
    load: Callable[..., Bundle],
    tmp_path: Path,
) -> None:
    load(f"name: x\nsteps: [{{id: a, prompt: b{schema}}}]\n")
    command = [sys.executable, "-c", LOADED]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.stdout.strip(), done.stderr) == (str(is_imported), "")
