"""A run as it can be told again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from goflow.events import (
    Fact,
    FailureKind,
    MemoryWritten,
    QuestionAnswered,
    QuestionAsked,
    RunClaimed,
    RunReopened,
    StepReused,
    ToolCalled,
    ToolReturned,
    TurnTaken,
    Usage,
)
from goflow.projections.recording import Key, RecordedAttempt, RecordedEntry, Recording
from goflow.projections.recording_fold import record
from tests.unit.projections.runs import attempt_fails, completes, events_of, fails, failure, starts

BUSY = failure("busy", FailureKind.OVERLOADED)


def recorded(*facts: Fact) -> Recording:
    return record(events_of(*facts))


def wrote(step: str, text: str = "found", attempt: int = 1) -> MemoryWritten:
    return MemoryWritten(step=step, attempt=attempt, agent="agent", text=text)


def test_attempts_are_kept_by_how_many_had_failed_before() -> None:
    told = recorded(
        starts("a"), attempt_fails("a", BUSY), starts("a", 2, model="m"), completes("a", attempt=2)
    )

    assert list(told.attempts) == [("a", 0), ("a", 1)]
    assert told.attempt("a", 1) == told.attempts["a", 1]
    assert told.asks_default_model


def test_attempts_are_counted_once_however_often_one_is_looked_for() -> None:
    looked_through: list[str] = []

    class Watched(dict[Key, RecordedAttempt]):
        def __iter__(self) -> Iterator[Key]:
            looked_through.append("all")
            return super().__iter__()

    told = recorded(starts("a"), completes("a"), starts("b"), attempt_fails("b", BUSY), starts("b", 2))
    watched = replace(told, attempts=Watched(told.attempts))
    looked_through.clear()

    assert [watched.count_of(step) for step in ("a", "b", "c")] == [1, 2, 0]
    assert watched.attempt("b", 1) == told.attempts["b", 1]
    assert looked_through == ["all"]


def test_a_run_whose_models_were_all_named_asks_no_default() -> None:
    assert not recorded(starts("a", model="m"), completes("a")).asks_default_model


def test_a_step_that_fails_for_good_has_ended_with_its_last_attempt() -> None:
    told = recorded(*fails("a"))

    assert told.attempts["a", 0].end == attempt_fails("a", failure())


def test_an_attempt_that_was_cut_off_goes_on_in_the_next_one() -> None:
    called = ToolCalled(step="a", attempt=1, call_id="c", tool="view", arguments="{}")
    returned = ToolReturned(step="a", attempt=2, call_id="c", tool="view", result="x")

    told = recorded(
        starts("a"), called, RunClaimed(epoch=2, owner="me"), starts("a", 2), returned, completes("a")
    )

    assert told.attempts["a", 0].facts == (called, returned)
    assert told.starts == (("a", 0),)


def test_what_nobody_had_begun_is_not_told() -> None:
    assert recorded(wrote("a"), completes("a")).attempts == {}


def test_a_result_that_was_taken_is_told_with_its_entries() -> None:
    reused = StepReused(step="a", origin="r-0", agent="agent", prompt="p", output="o", memory=("found",))

    told = recorded(reused)

    assert told.attempts["a", 0].end == reused
    assert told.attempts["a", 0].facts == (wrote("a", attempt=0),)
    assert told.entries == (RecordedEntry(owner=("a", 0), starts_first=1),)


def test_questions_are_told_with_the_first_answer() -> None:
    asked = QuestionAsked(step="a", attempt=1, question_id="q", text="which?")
    first, second = (QuestionAnswered(step="a", question_id="q", text=t, by="x") for t in ("one", "two"))

    (answered,) = recorded(starts("a"), asked, first, second, completes("a")).answers

    assert (answered.question, answered.answer) == (asked, first)


def test_a_step_that_was_done_again_is_told_as_it_was_done_last_and_keeps_its_entries() -> None:
    told = recorded(
        starts("a"),
        wrote("a", "early"),
        completes("a", "old"),
        starts("b"),
        wrote("b"),
        completes("b"),
        RunReopened(again=("a",)),
        starts("a", 2, prompt="again"),
        wrote("a", "late", 2),
        completes("a", "new", attempt=2),
    )

    again = told.attempts["a", 0]
    assert again.prompt == "again"
    assert [fact.text for fact in again.facts if isinstance(fact, MemoryWritten)] == ["early", "late"]
    assert told.starts == (("b", 0), ("a", 0))
    assert [entry.owner for entry in told.entries] == [("a", 0), ("b", 0), ("a", 0)]


def test_a_rewritten_attempt_that_was_cut_off_begins_anew() -> None:
    turn = TurnTaken(step="a", attempt=1, message="{}", usage=Usage(requests=1))

    cut_off = recorded(starts("a"), turn, RunReopened(), starts("a", 2), completes("a", attempt=2))
    anew = recorded(
        starts("a"), turn, RunReopened(rewritten=("a",)), starts("a", 2), completes("a", attempt=2)
    )

    assert cut_off.attempts["a", 0].facts == (turn,)
    assert anew.attempts["a", 0].facts == ()


def test_what_a_rewritten_step_wrote_before_is_told_no_more() -> None:
    told = recorded(
        starts("a"),
        wrote("a", "early"),
        completes("a"),
        starts("b"),
        wrote("b"),
        completes("b"),
        starts("gone"),
        wrote("gone"),
        completes("gone"),
        RunReopened(again=("a",), rewritten=("a", "gone", "never")),
        starts("a", 2),
        wrote("a", "late", 2),
        completes("a", attempt=2),
    )

    texts = {
        step: [fact.text for fact in attempt.facts if isinstance(fact, MemoryWritten)]
        for (step, _), attempt in told.attempts.items()
    }
    assert texts == {"a": ["late"], "b": ["found"], "gone": []}
    assert told.starts == (("b", 0), ("gone", 0), ("a", 0))
    assert told.entries == (
        RecordedEntry(owner=("b", 0), starts_first=1),
        RecordedEntry(owner=("a", 0), starts_first=3),
    )
    assert {key: attempt.entries_first for key, attempt in told.attempts.items()} == {
        ("b", 0): 1,
        ("gone", 0): 1,
        ("a", 0): 2,
    }
