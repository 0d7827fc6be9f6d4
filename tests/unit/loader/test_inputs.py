from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from goflow.errors import UsageError
from goflow.loader.inputs import GivenInputs, complete_inputs, read_inputs
from goflow.problems import InvalidWorkflow
from goflow.workflow import Bundle, SourceRole

WORKFLOW = """\
name: x
inputs:
  files: {default: "*.py"}
  topic:
  empty: {default: ""}
  token: {secret: true}
steps: [{id: a, prompt: b}]
"""


@pytest.fixture
def bundle(write: Callable[..., None], load_from: Callable[..., Bundle]) -> Bundle:
    write({"flows/w.yaml": WORKFLOW})
    return load_from("flows/w.yaml")


@pytest.fixture
def read(bundle: Bundle, write: Callable[..., None], tmp_path: Path) -> Callable[..., GivenInputs]:
    """Write files, then read the inputs of the workflow in `flows`."""

    def read_given(
        *pairs: str, input_file: str | None = None, files: Mapping[str, str | bytes] | None = None
    ) -> GivenInputs:
        write(files or {})
        return read_inputs(bundle, pairs, input_file=input_file, cwd=tmp_path)

    return read_given


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        ("topic=x", {"topic": "x"}),
        ("topic=a=b=c", {"topic": "a=b=c"}),
        ("topic=", {"topic": ""}),
        ("topic= 010 ", {"topic": " 010 "}),
        ("topic={{inputs.files}}", {"topic": "{{inputs.files}}"}),
    ],
)
def test_a_pair_is_split_at_the_first_sign(
    pair: str, expected: dict[str, str], read: Callable[..., GivenInputs]
) -> None:
    assert read(pair).values == expected


def test_the_last_of_several_values_counts(read: Callable[..., GivenInputs]) -> None:
    assert read("topic=a", "topic=b").values == {"topic": "b"}


@pytest.mark.parametrize("pair", ["topic", "", "=x", "=", "topic=@"])
def test_a_pair_without_a_name_or_a_sign_is_refused(pair: str, read: Callable[..., GivenInputs]) -> None:
    with pytest.raises(UsageError, match=rf"^`{pair}` gives no value to an input$") as caught:
        read(pair)

    assert caught.value.help == "write `--inputs NAME=VALUE`, or `--inputs NAME=@FILE`"


def test_a_value_that_is_not_utf_8_is_refused(read: Callable[..., GivenInputs]) -> None:
    with pytest.raises(UsageError, match=r"^the value of the input `topic` is not UTF-8$"):
        read(b"topic=\xff".decode("utf-8", "surrogateescape"))


def test_a_value_may_be_a_file_beside_the_workflow(read: Callable[..., GivenInputs], tmp_path: Path) -> None:
    given = read("topic=@topic.txt", files={"flows/topic.txt": "a topic\n"})

    assert given.values == {"topic": "a topic\n"}
    assert [(source.role, source.path) for source in given.sources] == [
        (SourceRole.INPUT, str(tmp_path / "flows" / "topic.txt"))
    ]


def test_the_file_of_a_secret_is_not_kept(read: Callable[..., GivenInputs]) -> None:
    files = {"flows/token.txt": "s3cret", "all.yaml": "token: s3cret\ntopic: x"}

    assert read("token=@token.txt", files=files).sources == ()
    assert read(input_file="all.yaml", files=files).sources == ()


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("topic=@nothing.txt", "the file `nothing.txt` of the input `topic` does not exist"),
        ("topic=@.", "the file `.` of the input `topic` is a folder"),
        ("topic=@latin", "the file `latin` of the input `topic` is not UTF-8: the byte 0xe9 at offset 0"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(
    pair: str, message: str, read: Callable[..., GivenInputs]
) -> None:
    with pytest.raises(UsageError) as caught:
        read(pair, files={"flows/latin": b"\xe9"})

    assert caught.value.message == message
    assert caught.value.help is not None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("files: 010\ntopic: yes\nempty: ~\n", {"files": "010", "topic": "yes"}),
        ("topic: |\n  one\n  two\n", {"topic": "one\ntwo\n"}),
        ("topic: '@x'\n", {"topic": "@x"}),
        ('{"files": 1.10, "topic": true, "empty": null}', {"files": "1.10", "topic": "true"}),
        (json.dumps({"topic": "a/b \U0001f600"}), {"topic": "a/b \U0001f600"}),
        ('{\n\t"topic": "x"\n}', {"topic": "x"}),
        ("", {}),
        ("# nothing\n", {}),
    ],
)
def test_values_of_a_file_are_text(
    content: str, expected: dict[str, str], read: Callable[..., GivenInputs], tmp_path: Path
) -> None:
    given = read(input_file="values", files={"values": content})

    assert given.values == expected
    assert [source.path for source in given.sources] == [str(tmp_path / "values")]


def test_single_values_win_over_those_of_the_file(
    read: Callable[..., GivenInputs],
) -> None:
    given = read("topic=c", input_file="values", files={"values": "topic: a\nfiles: b\n"})

    assert given.values == {"topic": "c", "files": "b"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("topic: [a]\n", "GF102"),
        ("- topic\n", "GF102"),
        ("topic: a\ntopic: b\n", "GF010"),
        ("topic: 'a\n", "GF006"),
        ('{"topic": "\\ud83d"}', "GF006"),
        ('{"topic": "\\ud83d\\ude00", "files": []}', "GF006"),
        ("[" * 200, "GF015"),
        ("{" + '"a":{' * 200, "GF015"),
    ],
)
def test_mistakes_in_a_file_have_places(content: str, code: str, read: Callable[..., GivenInputs]) -> None:
    with pytest.raises(InvalidWorkflow, match=r"^the input file `values` holds mistakes\n") as caught:
        read(input_file="values", files={"values": content})

    assert [problem.code for problem in caught.value.problems] == [code]
    assert all(problem.span for problem in caught.value.problems)


def test_a_missing_file_of_values_is_refused(read: Callable[..., GivenInputs]) -> None:
    with pytest.raises(UsageError, match=r"^the input file `values` does not exist$"):
        read(input_file="values")


def test_a_value_that_nobody_declares_is_a_warning(read: Callable[..., GivenInputs]) -> None:
    given = read("topik=x", "other=y")

    assert given.values == {"topik": "x", "other": "y"}
    assert {problem.code for problem in given.problems} == {"GF130"}
    assert [(problem.severity, problem.message, problem.help) for problem in given.problems] == [
        ("warning", "the workflow declares no input `topik`", "did you mean `topic`?"),
        ("warning", "the workflow declares no input `other`", None),
    ]


def test_defaults_fill_in_what_is_not_given(bundle: Bundle) -> None:
    completed = complete_inputs(bundle.workflow, {"topic": "x", "token": "y", "other": "z"})

    assert completed == {"files": "*.py", "topic": "x", "empty": "", "token": "y", "other": "z"}


def test_all_missing_inputs_are_told_at_once(bundle: Bundle) -> None:
    with pytest.raises(UsageError, match=r"^missing required input: topic, token$") as caught:
        complete_inputs(bundle.workflow, {"files": "x"})

    assert caught.value.help == "add `--inputs topic=VALUE --inputs token=VALUE`"


def test_a_missing_input_is_told_in_the_words_of_old(bundle: Bundle) -> None:
    with pytest.raises(UsageError, match=r"^missing required input: token$"):
        complete_inputs(bundle.workflow, {"topic": "x"})
