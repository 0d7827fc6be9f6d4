from __future__ import annotations

import pytest

from goflow.cli.arguments import BOOLEANS, hoist, rewrite
from goflow.cli.flags import Flag, Kind
from goflow.cli.verb import HELP
from goflow.errors import UsageError

FLAGS = (
    Flag(names=("-w", "--workflow"), help=""),
    Flag(names=("-i", "--inputs"), help="", kind=Kind.VALUES),
    Flag(names=("-v", "--verbose"), help="", kind=Kind.SWITCH),
    Flag(names=("--interactive",), help="", kind=Kind.CHOICE),
    Flag(names=("--mock",), help="", kind=Kind.OPTIONAL_VALUE),
)


def rewritten(*arguments: str) -> list[str]:
    return rewrite(arguments, FLAGS)


@pytest.mark.parametrize(
    "spelling", ["-workflow f", "--workflow f", "-w f", "-workflow=f", "--workflow=f", "-w=f"]
)
def test_a_value_follows_one_dash_or_two_and_a_blank_or_an_equals_sign(spelling: str) -> None:
    assert rewritten(*spelling.split()) in (["--workflow", "f"], ["--workflow=f"])


@pytest.mark.parametrize(("word", "value"), BOOLEANS.items())
def test_every_boolean_of_go_switches(word: str, value: bool) -> None:  # noqa: FBT001 - a column of the table
    assert rewritten(f"-verbose={word}") == ["--verbose" if value else "--no-verbose"]
    assert rewritten(f"--no-verbose={word}") == ["--no-verbose" if value else "--verbose"]
    assert rewritten(f"-v={word}") == ["--verbose" if value else "--no-verbose"]


def test_a_switch_that_is_neither_true_nor_false_is_refused() -> None:
    with pytest.raises(UsageError, match="`--verbose` is `true` or `false`, not `yes`"):
        rewritten("--verbose=yes")


def test_the_value_of_mock_stands_after_an_equals_sign_only() -> None:
    assert rewritten("--mock", "f.yaml") == ["--mock=true", "f.yaml"]
    assert rewritten("-mock=script.yaml", "f.yaml") == ["--mock=script.yaml", "f.yaml"]
    assert rewritten("--mock=false") == ["--mock=false"]


@pytest.mark.parametrize("value", ["-verbose", "--mock", "-5", "--", "k=-workflow", ""])
def test_what_follows_a_flag_is_its_value_whatever_it_looks_like(value: str) -> None:
    assert rewritten("-i", value, "-verbose") == ["--inputs", value, "--verbose"]
    assert rewritten("-inputs", value) == ["--inputs", value]


def test_short_flags_in_one_word_stay_as_they_are() -> None:
    assert rewritten("-vwf", "-ia=b", "-wverbose") == ["-vwf", "-ia=b", "-wverbose"]


def test_a_lone_dash_and_everything_after_two_are_no_flags() -> None:
    assert rewritten("-", "--", "-workflow", "--mock") == ["-", "--", "-workflow", "--mock"]


def test_a_flag_at_the_end_that_lacks_its_value_is_left_for_click_to_refuse() -> None:
    assert rewritten("-workflow") == ["--workflow"]


@pytest.mark.parametrize("word", ["-orkflow", "--worfklow=f", "-vorkflow"])
def test_an_unknown_flag_is_refused_with_the_one_that_was_probably_meant(word: str) -> None:
    with pytest.raises(UsageError) as refused:
        rewritten(word, "f")

    assert refused.value.message == f"unknown flag `{word.removesuffix('=f')}`"
    assert refused.value.help == "did you mean `--workflow`?"


def test_what_is_not_to_be_taken_back_is_not_proposed() -> None:
    with pytest.raises(UsageError, match="unknown flag `--nope`") as refused:
        rewrite(["--nope"], HELP.flags)

    assert refused.value.help is None


def test_one_unknown_letter_among_short_flags_refuses_them_all() -> None:
    with pytest.raises(UsageError, match="unknown flag `-vx`"):
        rewritten("-vx")


def test_flags_before_the_verb_move_behind_it() -> None:
    assert hoist(["-v", "--progress", "none", "--json", "run", "f"], frozenset({"progress"})) == [
        "run",
        "-v",
        "--progress",
        "none",
        "--json",
        "f",
    ]
    assert hoist(["-progress=none", "run"], frozenset({"progress"})) == ["run", "-progress=none"]
    assert hoist(["--help"], frozenset()) == ["--help"]
