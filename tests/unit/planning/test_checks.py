from __future__ import annotations

import pytest

from goflow.planning.checks import check
from goflow.problems import Problem, Severity, Span
from goflow.workflow import Agent, AgentRef, AgentStep, Bundle, Condition, OutputSpec, Workflow
from tests.unit.planning.checked import problems_of, told

HEAD = "name: w\n"
TWO = "  - {id: a, prompt: x}\n  - {id: b, prompt: x, depends_on: [a]}\n"


def found(text: str) -> list[str]:
    return [told(problem) for problem in problems_of(HEAD + text)]


def only(text: str) -> Problem:
    (problem,) = problems_of(HEAD + text)
    return problem


def test_a_sound_workflow_has_no_problems() -> None:
    text = """
inputs: {files: {default: "*"}}
agents: {one: {inline: {prompt: "You read {{inputs.files}}"}}}
steps:
  - {id: a, prompt: "x {{inputs.files}}"}
  - {id: b, prompt: "{{steps.a.output}}", depends_on: [a], retry_count: 3, timeout: 90s}
  - id: c
    agent: one
    prompt: "{{steps.a.output}}"
    depends_on: [b]
    condition: {step: a, contains: "{{inputs.files}}"}
output: {steps: [c, a]}
"""
    assert found(text) == []


def test_what_reading_found_is_kept_and_sorted_in_by_place() -> None:
    text = "steps:\n  - {id: a, prompt: x, depends_on: [z], timeout: soon}\n  - {id: a, prompt: x}\n"

    assert [(problem.code, problem.span and problem.span.line) for problem in problems_of(HEAD + text)] == [
        ("GF202", 3),
        ("GF106", 3),
        ("GF205", 4),
    ]


def test_a_bundle_without_places_is_checked_all_the_same() -> None:
    step = AgentStep(
        id="a",
        prompt="{{steps.a.output}} {{steps.zz.output}} {{inputs.q}} {{q}}",
        agent="nobody",
        depends_on=("a", "z", "z"),
        condition=Condition(step="y", contains=("x", "x"), not_contains=("x",)),
        retry_count=1000,
        timeout_s=1e7,
    )
    workflow = Workflow(
        name="w", steps=(step, step), agents={"x": AgentRef()}, output=OutputSpec(steps=("o", "o"))
    )
    problems = check(Bundle(workflow=workflow, path="/w", shown_path="w", agents={}))

    assert all(problem.span is None for problem in problems)
    assert len({problem.code for problem in problems}) == 15


def test_problems_of_other_files_come_after_those_of_the_workflow() -> None:
    places = [None, Span(file="a.md", line=1, column=1), Span(file="w.yaml", line=9, column=1)]
    problems = tuple(Problem(code="GF001", message="x", span=place) for place in reversed(places))
    bundle = Bundle(
        workflow=Workflow(name="w", steps=(AgentStep(id="a", prompt="x"),)),
        path="/w.yaml",
        shown_path="w.yaml",
        agents={},
        problems=problems,
    )

    assert [problem.span for problem in check(bundle)] == [places[0], places[2], places[1]]


def test_a_workflow_without_steps_is_refused() -> None:
    bundle = Bundle(workflow=Workflow(name="w", steps=()), path="/w", shown_path="w", agents={})

    assert [told(problem) for problem in check(bundle)] == ["error[GF207] the workflow has no steps"]


def test_a_file_that_could_not_be_read_is_not_blamed_for_having_no_steps() -> None:
    broken = Problem(code="GF006", message="broken")
    bundle = Bundle(
        workflow=Workflow(name="w", steps=()), path="/w", shown_path="w", agents={}, problems=(broken,)
    )

    assert check(bundle) == (broken,)


def test_two_steps_with_one_id_are_refused_and_the_first_is_shown() -> None:
    problem = only("steps:\n  - {id: a, prompt: x}\n  - {id: a, prompt: x}\n")

    assert told(problem) == "4 a error[GF205] two steps have the id `a`"
    assert problem.help == "give each step an id of its own"
    assert [(related.span.line, related.message) for related in problem.related] == [(3, "first used here")]


def test_the_second_step_with_an_id_is_not_judged_by_the_dependencies_of_the_first() -> None:
    text = f"steps:\n{TWO}" + '  - {id: a, prompt: "{{steps.b.output}}"}\n'

    assert found(text) == ["5 a error[GF205] two steps have the id `a`"]


def test_a_dependency_that_does_not_exist_is_refused() -> None:
    problem = only(
        "steps:\n  - {id: scan-auth, prompt: x}\n  - {id: b, prompt: x, depends_on: [scan_auth]}\n"
    )

    assert told(problem) == "4 scan_auth error[GF202] step `b` depends on `scan_auth`, which does not exist"
    assert problem.help == "did you mean `scan-auth`?"


def test_where_no_name_is_near_the_steps_are_listed_and_many_are_cut() -> None:
    steps = "".join(f"  - {{id: step-{number}, prompt: x}}\n" for number in range(12))
    problem = only(f"steps:\n{steps}  - {{id: last, prompt: x, depends_on: [qqqq]}}\n")

    names = ", ".join(f"step-{number}" for number in range(10))
    assert problem.help == f"steps of this workflow: {names} and 3 more"


def test_ten_names_are_listed_whole() -> None:
    steps = "".join(f"  - {{id: step-{number}, prompt: x}}\n" for number in range(9))
    problem = only(f"steps:\n{steps}  - {{id: last, prompt: x, depends_on: [qqqq]}}\n")

    assert str(problem.help).endswith("step-8, last")


def test_a_step_that_depends_on_itself_is_refused_and_is_no_cycle() -> None:
    problem = only("steps:\n  - {id: a, prompt: x}\n  - {id: b, prompt: x, depends_on: [a, b]}\n")

    assert told(problem) == "4 b error[GF203] step `b` depends on itself"
    assert problem.help == "remove `b` from its `depends_on`"


def test_a_dependency_named_twice_is_mentioned() -> None:
    problem = only("steps:\n  - {id: a, prompt: x}\n  - {id: b, prompt: x, depends_on: [a, a]}\n")

    assert told(problem) == "4 a warning[GF204] step `b` depends on `a` twice"
    assert [related.span.column for related in problem.related] == [37]


def test_a_cycle_is_refused_with_every_edge() -> None:
    text = """steps:
  - {id: step-a, prompt: A, depends_on: [step-c]}
  - {id: step-b, prompt: B, depends_on: [step-a]}
  - {id: step-c, prompt: C, depends_on: [step-b]}
"""
    problem = only(text)

    assert (
        problem.message
        == "circular dependency detected in workflow DAG: step-a -> step-b -> step-c -> step-a"
    )
    assert told(problem).startswith("3 step-c error[GF206]")
    assert [(related.span.line, related.message) for related in problem.related] == [
        (4, "`step-b` waits for `step-a`"),
        (5, "`step-c` waits for `step-b`"),
    ]


def test_a_very_long_cycle_is_told_in_short() -> None:
    count = 1000
    steps = "".join(
        f"  - {{id: s{number}, prompt: x, depends_on: [s{(number - 1) % count}]}}\n"
        for number in range(count)
    )
    problem = only(f"steps:\n{steps}")

    assert " -> s29 -> ... 941 more ... -> s971 -> " in problem.message
    assert len(problem.related) == 12


def test_an_agent_that_is_not_defined_is_refused_and_the_defined_ones_are_named() -> None:
    text = """agents:
  reviewer: {inline: {prompt: x}}
  reporter: {inline: {prompt: x}}
steps:
  - {id: a, prompt: x, agent: reveiwer}
"""
    problem = only(text)

    assert told(problem) == "6 reveiwer error[GF201] step `a` uses agent `reveiwer`, which is not defined"
    assert problem.help == "did you mean `reviewer`? defined agents: reviewer, reporter"
    assert [(related.span.line, related.message) for related in problem.related] == [
        (2, "agents are defined here")
    ]


def test_where_no_agent_is_defined_that_is_said() -> None:
    problem = only("steps:\n  - {id: a, prompt: x, agent: reviewer}\n")

    assert problem.help == "no agent is defined or found"
    assert problem.related == ()


def test_an_agent_whose_file_is_missing_is_reported_once() -> None:
    text = "agents: {one: {file: gone.md}}\nsteps:\n  - {id: a, prompt: x, agent: one}\n"

    assert [problem.code for problem in problems_of(HEAD + text)] == ["GF120"]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("retry_count: 101", "3 101 warning[GF216] step `a` retries 101 times"),
        ("timeout: 200h", "3 200h warning[GF217] the timeout of step `a` is more than a week"),
        ("timeout: 10us", "3 10us warning[GF217] the timeout of step `a` is less than a millisecond"),
    ],
)
def test_numbers_that_cannot_be_meant_are_mentioned(step: str, expected: str) -> None:
    assert found(f"steps:\n  - {{id: a, prompt: x, {step}}}\n") == [expected]


@pytest.mark.parametrize("step", ["retry_count: 100", "timeout: 168h", "timeout: 1ms", "timeout: 0"])
def test_numbers_at_the_edge_pass(step: str) -> None:
    assert found(f"steps:\n  - {{id: a, prompt: x, {step}}}\n") == []


def test_a_step_printed_that_does_not_exist_is_mentioned() -> None:
    problem = only(f"steps:\n{TWO}output: {{steps: [b, c, a]}}\n")

    assert told(problem) == "5 c warning[GF214] `output.steps` names `c`, which does not exist"
    assert problem.help == "steps of this workflow: a, b"


def test_a_step_printed_twice_is_mentioned() -> None:
    assert found(f"steps:\n{TWO}output: {{steps: [b, a, b]}}\n") == [
        "5 b warning[GF215] `output.steps` names `b` twice"
    ]


def test_many_wrong_names_are_all_reported_though_not_all_get_a_suggestion() -> None:
    count = 200
    names = [f"step-number-{number}" for number in range(count)]
    steps = tuple(AgentStep(id=name, prompt="x", depends_on=(name + "x",)) for name in names)
    problems = check(Bundle(workflow=Workflow(name="w", steps=steps), path="/w", shown_path="w", agents={}))

    assert [problem.code for problem in problems] == ["GF202"] * count
    assert str(problems[0].help).startswith("did you mean")
    assert str(problems[-1].help).startswith("steps of this workflow")


def test_warnings_alone_do_not_hide_that_there_are_no_steps() -> None:
    warning = Problem(code="GF114", message="x", severity=Severity.WARNING)
    bundle = Bundle(
        workflow=Workflow(name="w", steps=()),
        path="/w",
        shown_path="w",
        agents={"a": Agent(name="a")},
        problems=(warning,),
    )

    assert [problem.code for problem in check(bundle)] == ["GF114", "GF207"]
