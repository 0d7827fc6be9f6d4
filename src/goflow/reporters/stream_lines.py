"""The lines of a step's `stream.jsonl`, in the words of the original: `{"ts", "type", "data"}`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

from goflow.events import (
    AnswerRefused,
    AttemptFailed,
    AttemptStarted,
    Event,
    Fact,
    Progress,
    QuestionAnswered,
    QuestionAsked,
    StepCancelled,
    StepCompleted,
    StepFailed,
    ToolCalled,
    ToolReturned,
)
from goflow.journal.moments import show_moment

if TYPE_CHECKING:
    from goflow.workflow.policy import Json

Line: TypeAlias = tuple[str, bytes]
"""A step's id, and a line of its stream."""

_encode: Final = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def event_lines(event: Event) -> Iterator[Line]:
    """Make the lines that an event adds to the streams of steps."""
    for step, kind, data in _entries(event.fact):
        yield step, _line(event.at_ms, kind, data)


def delta_line(progress: Progress, at_ms: int) -> Line:
    """Make the line of a piece of text."""
    return progress.step, _line(at_ms, "assistant.message_delta", progress.text)


def note_line(at_ms: int, text: str) -> bytes:
    """Make a line that goflow itself has something to say in."""
    return _line(at_ms, "stream.note", text)


def _line(at_ms: int, kind: str, data: Json) -> bytes:
    return _encode({"ts": show_moment(at_ms), "type": kind, "data": data}).encode("ascii") + b"\n"


def _entries(fact: Fact) -> Iterator[tuple[str, str, Json]]:  # noqa: C901 - one case a fact, nothing else
    match fact:
        case AttemptStarted():
            yield fact.step, "assistant.turn_start", {"attempt": fact.attempt, "model": fact.model}
        case StepCompleted():
            yield fact.step, "assistant.turn_end", {"attempt": fact.attempt}
            yield fact.step, "session.idle", None
        case AttemptFailed():
            yield fact.step, "assistant.turn_end", {"attempt": fact.attempt}
            yield fact.step, "session.error", {"error": fact.failure.message}
        case StepFailed():
            yield fact.step, "session.error", {"error": fact.failure.message}
        case StepCancelled():
            yield fact.step, "session.error", {"error": "cancelled"}
        case ToolCalled():
            called: Json = {"tool": fact.tool, "call_id": fact.call_id, "arguments": fact.arguments}
            yield fact.step, "tool.execution_start", called
        case ToolReturned():
            yield fact.step, "tool.execution_complete", _returned(fact)
        case AnswerRefused():
            yield fact.step, "assistant.answer_refused", {"complaint": fact.complaint}
        case QuestionAsked():
            yield fact.step, "user.input_requested", {"prompt": fact.text, "choices": list(fact.choices)}
        case QuestionAnswered():
            yield fact.step, "user.input_response", fact.text
        case _:
            return


def _returned(fact: ToolReturned) -> Json:
    return {
        "tool": fact.tool,
        "call_id": fact.call_id,
        "success": not fact.is_error,
        "result": fact.result,
    }
