"""What was said and done within steps as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, assert_never

from goflow.cli.documents import Document, moment, step_document
from goflow.projections.conversation_view import Asked, Noted, Refused, Said, ToolUse

if TYPE_CHECKING:
    from goflow.events import Usage
    from goflow.projections import AttemptView, StepView
    from goflow.projections.conversation_view import ConversationView, Move


def conversation_document(step: StepView, talks: ConversationView) -> Document:
    """Describe a step with all that was said in it."""
    attempts = [_attempt(step.id, attempt, talks) for attempt in step.attempts]
    return {**step_document(step), "prompt": step.prompt, "output": step.output, "attempts": attempts}


def _attempt(step: str, attempt: AttemptView, talks: ConversationView) -> Document:
    talk = talks.talks.get((step, attempt.number))
    return {
        "attempt": attempt.number,
        "agent": attempt.agent,
        "model": attempt.model,
        "status": attempt.status,
        "started_at": moment(attempt.started_ms),
        "ended_at": moment(attempt.ended_ms),
        "usage": None if attempt.usage is None else _usage(attempt.usage),
        "error": None if attempt.failure is None else attempt.failure.message,
        "moves": [move_document(move) for move in talk.moves] if talk else [],
    }


def move_document(move: Move) -> Document:
    """Describe one thing that was said or done."""
    at = {"at": moment(move.at_ms)}
    match move:
        case ToolUse():
            return {"type": "tool", **at, **call_document(move)}
        case Said():
            return {"type": "said", **at, "text": move.text}
        case Refused():
            return {"type": "refused", **at, "text": move.text, "complaint": move.complaint}
        case Asked(asked=asked, answer=answer):
            told = {"answer": answer and answer.text, "by": answer and answer.by}
            return {"type": "asked", **at, "text": asked.text, "choices": list(asked.choices), **told}
        case Noted():
            return {"type": "noted", **at, "text": move.text}
        case _ as unreachable:
            assert_never(unreachable)


def call_document(use: ToolUse) -> Document:
    """Describe a call of a tool."""
    return {
        "step": use.step,
        "attempt": use.attempt,
        "call_id": use.call_id,
        "tool": use.tool,
        "arguments": use.arguments,
        "result": use.result,
        "is_error": use.is_error,
        "called_at": moment(use.at_ms),
        "returned_at": moment(use.ended_ms),
    }


def _usage(usage: Usage) -> Mapping[str, object]:
    return {
        "requests": usage.requests,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cached_tokens": usage.cached_tokens,
        "cost_usd": usage.cost_usd,
    }
