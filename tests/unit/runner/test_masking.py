from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from goflow.events import (
    AttemptFailed,
    AttemptStarted,
    Fact,
    Failure,
    FailureKind,
    QuestionAnswered,
    QuestionAsked,
    RunCreated,
    StepCompleted,
    StepFailed,
    StepSkipped,
)
from goflow.runner.masking import Masker, StreamMask

SECRET = "sk-canary-1234"
FAILURE = Failure(kind=FailureKind.REJECTED, message=f"bad key {SECRET}")


@pytest.mark.parametrize(
    "fact",
    [
        AttemptStarted(step="s", attempt=1, agent="a", model=None, prompt=f"use {SECRET}"),
        AttemptFailed(step="s", attempt=1, failure=FAILURE, chance=0.0),
        StepCompleted(step="s", attempt=1, output=SECRET),
        StepFailed(step="s", failure=FAILURE),
        StepSkipped(step="s", reason=f"step 'a' does not contain '{SECRET}'"),
        QuestionAsked(step="s", attempt=1, question_id="q", text=SECRET, choices=("a", SECRET)),
        QuestionAnswered(step="s", question_id="q", text=SECRET, by="terminal"),
        RunCreated(
            run_id="r",
            workflow_name="w",
            workflow_path="/w",
            workspace="/",
            goflow_version="0",
            inputs={"x": f"-{SECRET}-"},
        ),
    ],
)
def test_no_text_of_a_fact_keeps_a_secret(fact: Fact) -> None:
    masked = Masker([SECRET]).fact(fact)

    assert SECRET not in repr(masked)
    assert "***" in repr(masked)
    assert Masker([]).fact(fact) == fact


def test_names_are_not_masked() -> None:
    fact = StepCompleted(step="deploy", attempt=1, output="deploy")

    assert Masker(["deploy"]).fact(fact) == StepCompleted(step="deploy", attempt=1, output="***")


@pytest.mark.parametrize("blank", ["    ", "\n\n\n\n\n", " \t \t a"])
def test_blanks_are_never_masked(blank: str) -> None:
    text = f"one{blank}two{blank}three"

    assert Masker([blank]).text(text) == text


def test_very_short_values_are_left_alone() -> None:
    assert Masker(["1", "", "yes"]).text("1 yes") == "1 yes"


def test_the_longer_of_two_secrets_is_masked_whole() -> None:
    assert Masker(["secret", "secret-and-more"]).text("secret-and-more secret") == "*** ***"


def test_a_secret_across_pieces_is_never_shown() -> None:
    stream = StreamMask(Masker([SECRET]))
    shown = [stream.feed(piece) for piece in ("key: sk-", "canary", "-12", "34 and more", " sk-ca")]

    assert "".join(shown) == "key: *** and more "
    assert stream.finish() == "sk-ca"


@settings(max_examples=500)
@given(text=st.text(alphabet="abx"), cuts=st.lists(st.integers(0, 40)))
def test_pieces_show_what_the_whole_text_would(text: str, cuts: list[int]) -> None:
    masker = Masker(["abab", "ababxx", "bxxa", "aabb", "xababb"])
    stream, places = StreamMask(masker), sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    shown = [stream.feed(text[start:end]) for start, end in pairwise(places)]

    assert "".join(shown) + stream.finish() == masker.text(text)


def test_half_a_character_is_replaced_so_that_what_is_kept_is_what_is_believed() -> None:
    fact = StepCompleted(step="s", attempt=1, output="caf\u00e9 \ud83d!")

    assert Masker([]).fact(fact) == StepCompleted(step="s", attempt=1, output="caf\u00e9 ?!")
