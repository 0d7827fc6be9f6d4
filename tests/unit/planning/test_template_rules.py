from __future__ import annotations

import pytest

from tests.unit.planning.checked import AGENT_FILE, problems_of, told

STEPS = """name: w
inputs: {files: {default: x}}
steps:
  - {id: scan-auth, prompt: x}
  - {id: low, prompt: x}
  - {id: plan, prompt: x, depends_on: [scan-auth]}
"""


def found(step: str) -> list[str]:
    return [told(problem) for problem in problems_of(STEPS + step)]


def test_a_reference_to_a_step_that_does_not_exist_is_marked_inside_the_block() -> None:
    text = STEPS + "  - id: last\n    prompt: |\n      Look at this:\n\n        {{steps.scan_auth.output}}\n"
    (problem,) = problems_of(text)

    assert (
        told(problem) == "11 scan_auth error[GF301] template refers to step `scan_auth`, which does not exist"
    )
    assert problem.help == "did you mean `scan-auth`?"


def test_each_of_several_mistaken_references_is_marked_where_it_stands() -> None:
    step = (
        "  - id: last\n    depends_on: [plan]\n    prompt: |\n"
        '      ${{ steps.z.output }} {{"{{"}} {{steps.plan.output}}\n'
        "      {{ steps.z.output }} and {{ steps.z.output }}, {{steps.z.output}}\n"
    )

    problems = problems_of(STEPS + step)

    assert [problem.span and (problem.span.line, problem.span.column) for problem in problems] == [
        (11, 16),
        (11, 41),
        (11, 62),
    ]


def test_a_name_written_with_an_escape_is_marked_with_its_whole_field() -> None:
    (line,) = found('  - {id: last, prompt: "a\\t{{steps.\\x7a.output}}"}\n')

    assert line.startswith('7 "a\\t{{steps.\\x7a.output}}" error[GF301]')


def test_a_reference_to_a_step_that_is_not_upstream_is_refused_with_the_dependency_to_add() -> None:
    (problem,) = problems_of(STEPS + '  - {id: last, prompt: "{{steps.plan.output}}", depends_on: [low]}\n')

    assert told(problem) == (
        "7 plan error[GF302] template refers to step `plan`, which is not upstream of step `last`"
    )
    assert problem.help == "write `depends_on: [low, plan]` in step `last`"


def test_a_long_list_of_dependencies_is_not_written_out() -> None:
    names = [f"s{number}" for number in range(6)]
    more = "".join(f"  - {{id: {name}, prompt: x}}\n" for name in names)
    last = f'  - {{id: last, prompt: "{{{{steps.plan.output}}}}", depends_on: [{", ".join(names)}]}}\n'
    (problem,) = problems_of(STEPS + more + last)

    assert problem.help == "add `plan` to `depends_on` of step `last`"


def test_a_reference_to_a_later_step_is_not_told_to_depend_on_it() -> None:
    text = STEPS.replace("{id: scan-auth, prompt: x}", '{id: scan-auth, prompt: "{{steps.plan.output}}"}')
    (problem,) = problems_of(text)

    assert problem.code == "GF302"
    assert problem.help == "`plan` comes after `scan-auth`, so there is no output of it to read yet"


def test_a_step_cannot_read_its_own_output() -> None:
    assert found('  - {id: last, prompt: "{{steps.last.output}}"}\n') == [
        "7 last error[GF302] template refers to its own output"
    ]


def test_a_reference_to_a_step_of_a_lower_level_makes_a_dependency_with_a_warning() -> None:
    (problem,) = problems_of(STEPS + '  - {id: last, prompt: "{{steps.low.output}}", depends_on: [plan]}\n')

    assert told(problem) == (
        "7 low warning[GF303] template refers to step `low`, which is not upstream of step `last` "
        "but of a lower level: it becomes a dependency"
    )
    assert problem.help == "write `depends_on: [plan, low]` in step `last`"


def test_values_of_conditions_are_templates_too() -> None:
    step = (
        "  - id: last\n    prompt: x\n    depends_on: [plan]\n"
        '    condition: {step: plan, contains: ["{{steps.q.output}}"], equals: "{{inputs.q}}"}\n'
    )

    assert [line.partition(" ")[2][:15] for line in found(step)] == ["q error[GF301] ", "q warning[GF304"]


def test_an_input_that_is_not_declared_is_mentioned_where_no_run_is_meant() -> None:
    (problem,) = problems_of(STEPS + '  - {id: last, prompt: "{{inputs.file}}"}\n')

    assert told(problem) == "7 file warning[GF304] template refers to input `file`, which is not declared"
    assert problem.help == "did you mean `files`?"


def test_an_input_that_a_run_neither_declares_nor_is_given_is_refused() -> None:
    (problem,) = problems_of(STEPS + '  - {id: last, prompt: "{{inputs.topic}}"}\n', given={})

    assert told(problem) == (
        "7 topic error[GF304] template refers to input `topic`, which is neither declared nor given"
    )
    assert problem.help == "declare it below `inputs:`, or give it with `--inputs topic=...`"


def test_an_input_that_is_given_need_not_be_declared() -> None:
    assert problems_of(STEPS + '  - {id: last, prompt: "{{inputs.topic}}"}\n', given={"topic": ""}) == ()


@pytest.mark.parametrize(
    ("braces", "meant"),
    [
        ("{{inputs.files", "did you mean `{{inputs.files}}`?"),
        ("{{ steps.plan.output", "did you mean `{{steps.plan.output}}`?"),
        (
            "{{inputs.nothing",
            'references are `{{inputs.NAME}}` and `{{steps.ID.output}}`; `{{"{{"}}` writes the braces',
        ),
    ],
)
def test_a_reference_that_is_not_closed_is_mentioned(braces: str, meant: str) -> None:
    (problem,) = problems_of(STEPS + f"  - {{id: last, depends_on: [plan], prompt: 'a {braces} }}'}}\n")

    assert (
        told(problem) == f"7 {braces} warning[GF305] `{braces}` has no `}}}}`, so it stays as it is written"
    )
    assert problem.help == meant


@pytest.mark.parametrize(
    ("braces", "meant"),
    [
        ("{{steps.plan}}", "did you mean `{{steps.plan.output}}`?"),
        ("{{ .Steps.plan.outputs }}", "did you mean `{{steps.plan.output}}`?"),
        ("{{input.files}}", "did you mean `{{inputs.files}}`?"),
        (
            "{{steps.nobody}}",
            'references are `{{inputs.NAME}}` and `{{steps.ID.output}}`; `{{"{{"}}` writes the braces',
        ),
        (
            "{{item}}",
            'references are `{{inputs.NAME}}` and `{{steps.ID.output}}`; `{{"{{"}}` writes the braces',
        ),
    ],
)
def test_braces_that_hold_no_reference_are_mentioned(braces: str, meant: str) -> None:
    problems = problems_of(STEPS + f"  - {{id: last, depends_on: [plan], prompt: 'a {braces}'}}\n")

    assert [problem.help for problem in problems] == [meant]
    for problem in problems:
        assert (
            told(problem) == f"7 {braces} warning[GF305] `{braces}` is not a reference, "
            "so it stays as it is written"
        )


AGENTS = """name: w
agents:
  inline: {inline: {prompt: "Read {{steps.a.output}} {{steps.nobody.output}}"}}
  other: {inline: {prompt: "Read {{steps.q.output}}"}}
steps:
  - {id: a, prompt: x}
"""


def test_the_prompt_of_an_inline_agent_is_held_to_the_steps_that_use_it() -> None:
    steps = "".join(
        f"  - {{id: {name}, agent: inline, prompt: x{need}}}\n"
        for name, need in (("b", ""), ("c", ", depends_on: [a]"), ("d", ""), ("e", ""))
    )
    problems = problems_of(AGENTS + steps)

    assert [told(problem) for problem in problems] == [
        "3 a error[GF302] template refers to step `a`, which is not upstream of step `b` (and 2 more steps)",
        "3 nobody error[GF301] template refers to step `nobody`, which does not exist",
        "4 q error[GF301] template refers to step `q`, which does not exist",
    ]
    assert problems[0].help == "write `depends_on: [a]` in step `b`"


def test_two_steps_that_use_an_agent_are_both_counted() -> None:
    steps = "".join(f"  - {{id: {name}, agent: inline, prompt: x}}\n" for name in "bc")

    assert problems_of(AGENTS + steps)[0].message.endswith("upstream of step `b` (and 1 more step)")


FILE = f"""name: w
agents: {{helper: {{file: {AGENT_FILE}}}}}
steps:
  - {{id: a, prompt: x}}
  - {{id: b, agent: helper, prompt: x, depends_on: [a]}}
  - {{id: c, prompt: x, depends_on: [b]}}
"""
BODY = "---\nname: helper\n---\nBe kind.\n{{steps.q.output}} {{steps.c.output}} {{inputs.q}} {{q}}\n"


def test_what_an_agent_file_cannot_refer_to_stays_as_text_with_a_warning() -> None:
    text = FILE.replace("{id: a, prompt: x}", "{id: a, prompt: x, agent: plain}").replace(
        "agents: {", "agents: {plain: {inline: {prompt: x}}, "
    )
    problems = problems_of(text, agent=BODY, given={})

    refers = "agent file refers to"
    assert [told(problem) for problem in problems] == [
        "5 q warning[GF306] agent file refers to step `q`, which does not exist: it stays as text",
        f"5 c warning[GF306] {refers} step `c`, which is not upstream of step `b`: it stays as text",
        f"5 q warning[GF306] {refers} input `q`, which is neither declared nor given: it stays as text",
        "5 {{q}} warning[GF305] `{{q}}` is not a reference, so it stays as it is written",
    ]
    assert {problem.span and problem.span.file for problem in problems} == {AGENT_FILE}


def test_a_workflow_s_only_agent_reads_for_every_step_without_one() -> None:
    body = "{{steps.b.output}}"
    (problem,) = problems_of(FILE, agent=body)

    assert "which is not upstream of step `a` (and 1 more step)" in problem.message


def test_an_agent_file_that_no_step_uses_is_left_alone() -> None:
    text = FILE.replace("agent: helper, ", "").replace("agents: {", "agents: {plain: {inline: {prompt: x}}, ")

    assert problems_of(text, agent=BODY) == ()


def test_in_a_very_long_text_the_place_of_the_field_is_enough_in_the_end() -> None:
    long = "x" * 2_000_000 + " {{steps.q.output}}" * 200
    problems = problems_of(STEPS + f"  - id: last\n    prompt: {long}\n")

    assert [problem.code for problem in problems] == ["GF301"] * 200
    assert problems[-1].span is not None
    assert {problem.span.width for problem in problems if problem.span} == {1, len(long)}
