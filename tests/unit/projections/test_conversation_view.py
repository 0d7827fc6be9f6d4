"""What was said and done within steps."""

from __future__ import annotations

import json

import pytest

from goflow.events import (
    AnswerRefused,
    Fact,
    MemoryWritten,
    QuestionAnswered,
    QuestionAsked,
    RunClaimed,
    RunReopened,
    StepReused,
    ToolCalled,
    ToolReturned,
    TurnTaken,
)
from goflow.projections.conversation_view import (
    Asked,
    ConversationView,
    Noted,
    Refused,
    Said,
    ToolUse,
    said_in,
)
from tests.unit.projections.runs import START_MS, completes, events_of, starts


def message(*parts: dict[str, object]) -> str:
    return json.dumps([{"kind": "response", "parts": parts}])


def text(content: str) -> dict[str, object]:
    return {"part_kind": "text", "content": content}


CALL: dict[str, object] = {"part_kind": "tool-call", "tool_name": "view", "args": '{"path": "a"}'}
CALLED = ToolCalled(step="a", attempt=1, call_id="c-1", tool="view", arguments='{"path": "a"}')
RETURNED = ToolReturned(step="a", attempt=1, call_id="c-1", tool="view", result="text")
ASKED = QuestionAsked(step="a", attempt=1, question_id="q-1", text="which?", choices=("x", "y"))
ANSWERED = QuestionAnswered(step="a", question_id="q-1", text="x", by="terminal")


def talks_of(*facts: Fact) -> ConversationView:
    view = ConversationView()
    for event in events_of(*facts):
        view.see(event)
    return view


def test_an_attempt_has_its_prompt_and_all_that_followed_in_order() -> None:
    refused = AnswerRefused(step="a", attempt=1, message=message(text("{}")), complaint="`x` is missing")
    view = talks_of(
        starts("a", prompt="do"),
        TurnTaken(step="a", attempt=1, message=message(text("let me look"), CALL)),
        CALLED,
        RETURNED,
        MemoryWritten(step="a", attempt=1, agent="agent", text="found"),
        refused,
        completes("a"),
    )
    talk = view.talks["a", 1]

    assert talk.prompt == "do"
    assert talk.moves == [
        Said("let me look", START_MS + 3000),
        ToolUse("a", 1, "c-1", "view", '{"path": "a"}', START_MS + 4000, "text", ended_ms=START_MS + 5000),
        Noted("found", START_MS + 6000),
        Refused("{}", "`x` is missing", START_MS + 7000),
    ]
    assert (view.calls, view.memory_entries) == ([talk.moves[1]], 1)


def test_entries_that_come_with_a_reused_result_count() -> None:
    reused = StepReused(
        step="a", origin="r-0", agent="agent", prompt="do", output="done", memory=("one", "two")
    )

    assert talks_of(reused).memory_entries == 2


def test_entries_of_steps_that_are_rewritten_no_longer_count() -> None:
    wrote = [MemoryWritten(step=step, attempt=1, agent="agent", text="found") for step in ("a", "b")]

    view = talks_of(starts("a"), *wrote, RunReopened(again=("a",), rewritten=("a", "gone")))

    assert view.memory_entries == 1
    assert Noted("found", START_MS + 3000) in view.talks["a", 1].moves


def test_a_turn_of_calls_alone_says_nothing() -> None:
    view = talks_of(starts("a"), TurnTaken(step="a", attempt=1, message=message(CALL)))

    assert view.talks["a", 1].moves == []


def test_a_call_whose_end_was_lost_has_no_result_and_its_repetition_is_another() -> None:
    again = ToolCalled(step="a", attempt=2, call_id="c-1", tool="view", arguments="{}")
    failed = ToolReturned(step="a", attempt=2, call_id="c-1", tool="view", result="no", is_error=True)
    view = talks_of(starts("a"), CALLED, RunClaimed(epoch=2, owner="b"), starts("a", 2), again, failed)

    assert [(use.attempt, use.result, use.is_error) for use in view.calls] == [
        (1, None, False),
        (2, "no", True),
    ]
    assert view.call(failed) is view.calls[1]


def test_a_question_keeps_its_first_answer() -> None:
    late = QuestionAnswered(step="a", question_id="q-1", text="y", by="inbox")
    (asked,) = talks_of(starts("a"), ASKED, ANSWERED, late).talks["a", 1].moves

    assert asked == Asked(ASKED, START_MS + 3000, ANSWERED)


def test_what_belongs_to_nothing_that_was_seen_is_left_out() -> None:
    view = talks_of(RETURNED, ANSWERED, MemoryWritten(step="", attempt=0, agent="a", text="x"))

    assert (view.talks, view.calls, view.memory_entries) == ({}, [], 1)
    assert view.call(RETURNED) is None


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (message(text("one"), text(""), text("two")), "one\n\ntwo"),
        (message({"part_kind": "tool-call", "tool_name": "final_answer", "args": '{"a": 1}'}), '{"a": 1}'),
        (message({"part_kind": "tool-call", "tool_name": "final_answer", "args": {"a": "é"}}), '{"a": "é"}'),
        (message({"part_kind": "text", "content": ["x"]}), ""),
        (json.dumps([1, {"parts": 2}, {"parts": [3]}]), ""),
        (json.dumps({"parts": []}), ""),
        ("no JSON", ""),
        ("[" * 100_000, ""),
    ],
)
def test_the_text_of_a_message_is_found_where_the_form_is_known(written: str, said: str) -> None:
    assert said_in(written) == said
