"""Runs and steps as JSON for programs: times in UTC, numbers as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from goflow.journal.moments import show_moment
from goflow.projections import sum_run, sum_step
from goflow.reporters.run_meta import shown_inputs

if TYPE_CHECKING:
    from goflow.api.history import History
    from goflow.journal.listing import Listed
    from goflow.projections import RunView, Spending, StepView
    from goflow.projections.conversation_view import ConversationView

Document: TypeAlias = dict[str, Any]


def entry_document(listed: Listed) -> Document:
    """Describe a run as a list does."""
    entry = listed.entry
    return {
        "run_id": entry.run_id,
        "workflow": entry.workflow,
        "status": entry.status,
        "reason": entry.reason,
        "started_at": moment(entry.started_ms),
        "ended_at": moment(entry.ended_ms),
        "active_seconds": entry.active_ms / 1000,
        "steps": dict(entry.steps),
        "usage": spending_document(entry.spent),
        "is_original": listed.is_original,
        "folder": str(listed.folder),
    }


def run_document(history: History, talks: ConversationView) -> Document:
    """Describe a run and its steps, without what was said."""
    view = history.view
    return {
        "run_id": view.run_id,
        "workflow": view.workflow_name,
        "status": history.status,
        "reason": view.reason,
        "started_at": moment(view.started_ms),
        "ended_at": moment(view.ended_ms),
        "active_seconds": view.active_ms / 1000,
        "resume_at": moment(view.resume_at_ms),
        "owners": view.epoch,
        "rerun_of": (view.created and view.created.rerun_of) or None,
        "inputs": shown_inputs(view),
        "models": models_of(view),
        "usage": spending_document(sum_run(view)),
        "steps": [step_document(step) for step in view.steps.values()],
        "questions": [
            {
                "question_id": question.question_id,
                "step": question.step,
                "text": question.text,
                "choices": list(question.choices),
                "is_approval": question.is_approval,
            }
            for question in view.questions
        ],
        "memory_entries": talks.memory_entries,
        "is_original": history.is_original,
        "folder": str(history.folder),
    }


def step_document(step: StepView) -> Document:
    """Describe a step in short."""
    return {
        "step": step.id,
        "status": step.status,
        "agent": step.attempts[-1].agent if step.attempts else None,
        "model": step.model,
        "started_at": moment(step.started_ms),
        "ended_at": moment(step.ended_ms),
        "duration_seconds": _seconds(step.duration_ms),
        "throttled_seconds": step.throttled_ms / 1000,
        "tries": len(step.attempts),
        "usage": spending_document(sum_step(step)),
        "error": None if step.failure is None else step.failure.message,
        "origin": step.origin,
        "skip_reason": step.skip_reason,
        "not_run_because": step.because,
    }


def models_of(view: RunView) -> list[str]:
    """Return the models that were asked or have answered, each once."""
    asked = [attempt.model for step in view.steps.values() for attempt in step.attempts]
    answered = [step.model for step in view.steps.values()]
    return [model for model in dict.fromkeys([*asked, *answered]) if model]


def spending_document(spent: Spending) -> Document:
    """Describe what was spent; `cost_usd` is null where no price is known."""
    return {
        "requests": spent.requests,
        "input_tokens": spent.input_tokens,
        "output_tokens": spent.output_tokens,
        "cached_tokens": spent.cached_tokens,
        "cost_usd": spent.cost_usd,
        "unpriced": spent.unpriced,
    }


def moment(at_ms: int | None) -> str | None:
    """Return a moment in UTC; None for none."""
    return None if at_ms is None else show_moment(at_ms)


def _seconds(duration_ms: int | None) -> float | None:
    return None if duration_ms is None else duration_ms / 1000
