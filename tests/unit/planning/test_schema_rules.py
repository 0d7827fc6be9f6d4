from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.planning.checked import AGENT_FILE, problems_of, told

STEPS = """name: w
inputs: {x: {default: x}}
steps:
  - id: plan
    prompt: x
    output_schema: {type: object, properties: {title: {type: string}}, additionalProperties: false}
  - {id: free, prompt: x}
"""


def found(step: str) -> list[str]:
    return [told(problem) for problem in problems_of(STEPS + step)]


def test_a_path_that_cannot_be_is_marked_where_it_goes_wrong() -> None:
    (problem,) = problems_of(
        STEPS + '  - {id: last, prompt: "{{ steps.plan.json.tilte.x }}", depends_on: [plan]}\n'
    )

    assert told(problem) == (
        "8 tilte error[GF307] template reads `tilte` of the output of step `plan`, which never has it"
    )
    assert problem.help == "did you mean `title`?"
    assert [(related.span.line, related.message) for related in problem.related] == [
        (6, "what the schema says")
    ]


def test_names_are_listed_where_none_is_near() -> None:
    (problem,) = problems_of(STEPS + '  - {id: a, prompt: "{{steps.plan.json.q}}", depends_on: [plan]}\n')

    assert problem.help == "its properties: title"


def test_a_path_written_with_an_escape_is_marked_with_its_whole_field() -> None:
    (line,) = found('  - {id: last, prompt: "{{steps.pl\\x61n.json.q}}", depends_on: [plan]}\n')

    assert line.startswith('8 "{{steps.pl\\x61n.json.q}}" error[GF307]')


@pytest.mark.parametrize(
    "text", ["{{steps.plan.json}}", "{{steps.plan.json.title}}", "{{steps.plan.output}}"]
)
def test_what_a_schema_names_is_fine(text: str) -> None:
    assert found(f'  - {{id: last, prompt: "{text}", depends_on: [plan]}}\n') == []


def test_a_step_whose_json_is_read_must_be_upstream() -> None:
    (problem,) = problems_of(STEPS + '  - {id: last, prompt: "{{steps.plan.json.title}}"}\n')

    assert told(problem) == (
        "8 plan error[GF302] template refers to step `plan`, which is not upstream of step `last`"
    )
    assert problem.help == "write `depends_on: [plan]` in step `last`"


def test_a_step_of_a_lower_level_whose_json_is_read_becomes_a_dependency() -> None:
    (line,) = found('  - {id: last, prompt: "{{steps.plan.json}}", depends_on: [free]}\n')

    assert line.startswith("8 plan warning[GF303]")


def test_the_json_of_a_step_without_a_schema_is_text_wherever_the_step_stands() -> None:
    step = (
        "  - id: last\n    depends_on: [plan]\n    prompt: x\n"
        '    condition: {step: plan, contains: "{{steps.free.json.x}} {{steps.last.json}}"}\n'
    )

    stays = "is not a reference, so it stays as it is written"
    assert found(step) == [
        f"11 {{{{steps.free.json.x}}}} warning[GF305] `{{{{steps.free.json.x}}}}` {stays}",
        f"11 {{{{steps.last.json}}}} warning[GF305] `{{{{steps.last.json}}}}` {stays}",
    ]


def test_values_of_conditions_are_held_against_schemas_too() -> None:
    step = (
        "  - id: last\n    depends_on: [plan]\n    prompt: x\n"
        '    condition: {step: plan, equals: "{{steps.plan.json.title[0]}}"}\n'
    )

    assert found(step) == [
        "11 0 error[GF307] template reads item 0 of `title` in the output of step `plan`, which is a text"
    ]


def test_what_an_agent_file_reads_wrongly_is_a_warning() -> None:
    text = f"""name: w
agents: {{helper: {{file: {AGENT_FILE}}}, plain: {{inline: {{prompt: x}}}}}}
steps:
  - {{id: a, agent: plain, prompt: x, output_schema: {{type: [string, number]}}}}
  - {{id: b, agent: helper, prompt: x, depends_on: [a]}}
"""
    (problem,) = problems_of(text, agent="{{steps.a.json.x}} {{steps.a.json}}")

    assert told(problem) == (
        "1 x warning[GF307] template reads `x` of the output of step `a`, which is a text or a number"
    )


def test_a_schema_in_a_file_is_followed() -> None:
    Path("plan.yaml").write_text("type: array\nitems: {properties: {name: {}}}\n", encoding="utf-8")
    text = """name: w
steps:
  - {id: a, prompt: x, output_schema: plan.yaml}
  - {id: b, prompt: "{{steps.a.json.name}} {{steps.a.json[0].name}}", depends_on: [a]}
"""
    (problem,) = problems_of(text)

    assert told(problem) == (
        "4 name error[GF307] template reads `name` of the output of step `a`, which is a list"
    )
    assert problem.help == "name one of its items, as in `{{steps.a.json[0].name}}`"


def test_where_a_schema_cannot_be_read_paths_are_not_held_against_it() -> None:
    text = """name: w
steps:
  - {id: a, prompt: x, output_schema: lost.yaml}
  - {id: b, prompt: "{{steps.a.json.name}}", depends_on: [a]}
"""

    assert [problem.code for problem in problems_of(text)] == ["GF124"]


def test_a_name_that_its_schema_does_not_name_is_a_warning() -> None:
    text = STEPS.replace(", additionalProperties: false", "")
    (problem,) = problems_of(text + '  - {id: b, prompt: "{{steps.plan.json.tite}}", depends_on: [plan]}\n')

    assert told(problem) == (
        "8 tite warning[GF308] template reads `tite` of the output of step `plan`, "
        "which its schema does not name"
    )


def test_attached_files_take_inputs_that_are_declared_and_no_secret() -> None:
    text = """name: w
inputs: {x: {default: x}, key: {secret: true}}
steps:
  - {id: a, prompt: x}
  - {id: b, prompt: x, attach: ["{{inputs.x}}{{inputs.q}}", "{{steps.a.output}}", "{{inputs.key}}"]}
"""

    assert [(problem.severity, problem.code) for problem in problems_of(text, given={"key": ""})] == [
        ("error", "GF304"),
        ("error", "GF309"),
        ("error", "GF310"),
    ]


def test_a_prompt_takes_twenty_files_at_most() -> None:
    text = "name: w\ninputs: {x: {default: ''}}\nsteps: [{id: a, prompt: x, attach: [%s]}]\n"

    assert problems_of(text % ", ".join(['"{{inputs.x}}"'] * 20)) == ()
    (problem,) = problems_of(text % ", ".join(['"{{inputs.x}}"'] * 21))
    assert problem.message == "step `a` attaches 21 files"
