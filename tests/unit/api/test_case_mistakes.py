"""Every mistake in a test file has its code and its place, and all of them are told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from goflow.api.cases import find_case_files, read_case_files
from goflow.errors import UsageError
from goflow.problems import InvalidWorkflow, Problem

WORKFLOW = """
name: digest
inputs: {topic: {}, tone: {default: dry}}
steps:
  - {id: plan, prompt: "Plan {{inputs.topic}}"}
  - {id: write, prompt: "Write {{steps.plan.output}}", depends_on: [plan]}
"""
SOUND = "cases: [{name: one, inputs: {topic: ships}, expect: {status: completed}}]"


@pytest.fixture(autouse=True)
def _workflow() -> None:
    Path("digest.yaml").write_text(WORKFLOW, encoding="utf-8")


def write(text: str, name: str = "digest.test.yaml") -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")


def problems_of(text: str) -> list[Problem]:
    write(text)
    with pytest.raises(InvalidWorkflow) as caught:
        read_case_files(find_case_files([]), home=Path.home())
    return list(caught.value.problems)


def told(text: str) -> list[tuple[str, str, str]]:
    """Return of each problem its code, its message and the text marked by the caret."""
    return [(problem.code, problem.message, marked(problem)) for problem in problems_of(text)]


def marked(problem: Problem) -> str:
    assert problem.span is not None
    start = problem.span.column - 1
    return problem.span.text[start : start + problem.span.width]


def case(inside: str) -> str:
    return f"cases:\n  - name: one\n    inputs: {{topic: ships}}\n    {inside}\n"


EXPECT = "expect: {status: completed}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("cases: []", ("GF701", "the test file has no cases", "cases: []")),
        ("", ("GF007", "the file is empty", "")),
        ("- x", ("GF102", "expected a test file, which is a mapping, found a list", "- x")),
        ("case: []", ("GF101", "unknown key `case` in a test file", "case")),
        (
            f"workflow: gone.yaml\n{SOUND}",
            ("GF702", "the workflow `gone.yaml` does not exist", "gone.yaml"),
        ),
        (
            case(f"{EXPECT}\n    stubs: {{plan: x}}\n    mock: m.yaml"),
            ("GF703", "`stubs` and `mock` both say who answers", "m.yaml"),
        ),
        (case("seed: 3"), ("GF704", "the case expects nothing", "one")),
        (case("expect: {output: {}}"), ("GF704", "nothing is expected of the text", "{}")),
        (
            case(f"{EXPECT}\n    chaos: '429@20%, timout:plan'"),
            ("GF705", "`timout` is no fault", "timout:plan"),
        ),
        (
            case(f"{EXPECT}\n    chaos: ['drop@200%']"),
            ("GF705", "`200%` is more than all attempts", "drop@200%"),
        ),
        (case(f"{EXPECT}\n    chaos: '429, @'"), ("GF705", "`@` is no disturbance", "@")),
        (case(f'{EXPECT}\n    chaos: ""'), ("GF705", "`` is no disturbance", '""')),
        (
            case(f"{EXPECT}\n    chaos: drop:plam"),
            ("GF706", "the workflow has no step `plam`", "drop:plam"),
        ),
        (
            case(f"{EXPECT}\n    stubs: {{'w*': x, scan-*: y}}"),
            ("GF706", "the workflow has no step `scan-*`", "scan-*"),
        ),
        (case("expect: {ran: [plan, wirte]}"), ("GF706", "the workflow has no step `wirte`", "wirte")),
        (
            case("expect: {steps: {plam: {status: skipped}}}"),
            ("GF706", "the workflow has no step `plam`", "plam"),
        ),
        (
            case("expect: {output: {regex: '('}}"),
            (
                "GF707",
                "`(` is not a regular expression: missing ), unterminated subpattern at position 0",
                "'('",
            ),
        ),
        (
            case("expect: {output: {python: polite}}"),
            ("GF708", "`polite` names no function: expected `module:name`", "polite"),
        ),
        (
            case("expect: {steps: {plan: {status: done}}}"),
            (
                "GF105",
                "`done` is not one of `completed`, `skipped`, `failed`, `not_run`, `cancelled`",
                "done",
            ),
        ),
        (
            case("expect: {output: {schema: {type: strng}}}"),
            ("GF125", "no valid JSON Schema: `strng` is no type", "strng"),
        ),
        (
            case("expect: {output: {schema: gone.json}}"),
            ("GF124", "the schema file `gone.json` does not exist", "gone.json"),
        ),
        (
            case(f"{EXPECT}\n    mock: gone.yaml"),
            ("GF710", "the mock script `gone.yaml` does not exist", "gone.yaml"),
        ),
        (
            case(f"{EXPECT}\n    replay: gone.jsonl"),
            ("GF710", "the recording `gone.jsonl` does not exist", "gone.jsonl"),
        ),
        (
            "cases: [{name: one, expect: {status: completed}}]",
            ("GF711", "the case gives no value to the input `topic`", "one"),
        ),
    ],
)
def test_a_mistake_has_a_code_a_message_and_a_place(text: str, problem: tuple[str, str, str]) -> None:
    assert problem in told(text)


def test_two_cases_of_one_name_are_a_mistake_that_shows_both() -> None:
    [problem] = problems_of(
        "cases:\n"
        "  - {name: one, inputs: {topic: x}, expect: {status: completed}}\n"
        "  - {name: one, inputs: {topic: y}, expect: {status: completed}}\n"
    )

    assert (problem.code, problem.message) == ("GF709", "two cases are called `one`")
    assert [related.span.line for related in problem.related] == [2]


def test_a_function_that_is_not_there_is_a_mistake() -> None:
    Path("polite_checks.py").write_text("def polite(text): return True\n", encoding="utf-8")
    [problem] = problems_of(
        case("expect: {output: {python: ['polite_checks:polite', 'polite_checks:rude']}}")
    )

    assert (problem.code, problem.message) == ("GF708", "`polite_checks:rude`: the module has no `rude`")


def test_a_file_that_is_no_recording_keeps_its_case_from_running() -> None:
    Path("torn.jsonl").write_text("{}", encoding="utf-8")
    [problem] = problems_of(case(f"{EXPECT}\n    replay: torn.jsonl"))

    assert problem.code == "GF711"
    assert problem.message.startswith("the case cannot be run: ")


def test_mistakes_of_a_mock_script_and_of_the_workflow_are_told_with_their_places() -> None:
    Path("mock.yaml").write_text("answers: [{stepp: plan, answer: x}]", encoding="utf-8")
    Path("broken.yaml").write_text("steps: [{id: a, prompt: x, agent: nobody}]", encoding="utf-8")
    write(f"workflow: broken.yaml\n{case(f'{EXPECT}{chr(10)}    mock: mock.yaml')}", "other.test.yaml")
    write(SOUND)
    with pytest.raises(InvalidWorkflow) as caught:
        read_case_files(find_case_files([]), home=Path.home())

    assert [(p.code, p.span and p.span.file) for p in caught.value.problems] == [
        ("GF201", "broken.yaml"),
        ("GF101", "mock.yaml"),
    ]


def test_mistakes_of_a_file_that_is_no_text_are_told() -> None:
    Path("digest.test.yaml").write_bytes(b"cases: \xff")
    with pytest.raises(InvalidWorkflow) as caught:
        read_case_files(find_case_files([]), home=Path.home())

    assert [problem.code for problem in caught.value.problems] == ["GF004"]


def test_where_no_workflow_is_named_and_several_are_here_that_is_a_mistake() -> None:
    write(WORKFLOW, "another.yaml")
    write(SOUND, "third.test.yaml")
    with pytest.raises(InvalidWorkflow) as caught:
        read_case_files(find_case_files(["third.test.yaml"]), home=Path.home())

    assert [problem.code for problem in caught.value.problems] == ["GF702"]


def test_an_input_that_is_not_declared_is_a_warning_at_its_name() -> None:
    write("cases: [{inputs: {topic: x, tine: y}, expect: {status: completed}}]")
    [file] = read_case_files(find_case_files([]), home=Path.home())

    [warning] = file.warnings
    assert (warning.code, marked(warning), warning.help) == ("GF130", "tine", "did you mean `tone`?")
    assert [case.name for case in file.cases] == ["case 1"]


def test_all_mistakes_of_all_files_are_told_at_once() -> None:
    write(case("expect: {ran: [plam], steps: {wirte: {status: don}}}"))
    write("workflow: ../digest.yaml\ncasez: []", "more/more.test.yaml")
    with pytest.raises(InvalidWorkflow) as caught:
        read_case_files(find_case_files([]), home=Path.home())

    assert [p.code for p in caught.value.problems] == ["GF706", "GF706", "GF105", "GF101"]


def test_folders_are_searched_with_all_below_and_hidden_ones_passed_over() -> None:
    for name in ("a.test.yaml", "b/c/d.test.yml", ".hidden/e.test.yaml", "node_modules/f.test.yaml"):
        write(SOUND, name)
    write("name: no test", "b/test.yaml")

    assert [str(file.path) for file in find_case_files([])] == ["a.test.yaml", "b/c/d.test.yml"]


def test_a_workflow_means_the_tests_beside_it_that_are_of_it() -> None:
    write(WORKFLOW, "other.yaml")
    write(SOUND)
    write(f"workflow: ./digest.yaml\n{SOUND}", "more.test.yaml")
    write(SOUND, "other.test.yaml")

    assert [str(file.path) for file in find_case_files(["digest.yaml"])] == [
        "digest.test.yaml",
        "more.test.yaml",
    ]


def test_a_file_that_is_named_twice_is_read_once() -> None:
    write(SOUND)

    assert len(find_case_files(["digest.test.yaml", "digest.yaml", "."])) == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone", "`gone` does not exist"),
        (".", "no tests in `.`"),
        ("digest.yaml", "no tests of `digest.yaml` beside it"),
    ],
)
def test_a_path_without_tests_is_refused(name: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_case_files([name])

    assert caught.value.message == message
