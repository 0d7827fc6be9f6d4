"""A plan and a simulation as JSON for programs, without secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from goflow.api.simulating import Simulation
    from goflow.cli.documents import Document
    from goflow.planning.plan import Plan, PlannedStep
    from goflow.projections.planned_view import PlannedText
    from goflow.projections.walk import Branch, WalkedStep


def plan_document(plan: Plan, inputs: Mapping[str, str], texts: Iterable[PlannedText]) -> Document:
    """Describe what is known before a run."""
    return {
        **_head(plan, inputs),
        "steps": [
            {
                **_planned(text.step),
                "condition": _condition(text),
                "system": text.system,
                "prompt": text.prompt,
                "reads": sorted(text.step.reads),
            }
            for text in texts
        ],
    }


def walk_document(simulation: Simulation) -> Document:
    """Describe a simulation; `exit_code` is what `goflow run` would end with."""
    run = simulation.run
    return {
        **_head(run.plan, simulation.inputs),
        "status": run.status,
        "reason": run.view.reason,
        "exit_code": simulation.exit_code,
        "steps": [_walked(step) for step in simulation.walk.steps],
        "branches": [_branch(branch) for branch in simulation.walk.branches],
    }


def _head(plan: Plan, inputs: Mapping[str, str]) -> Document:
    return {
        "workflow": plan.name,
        "inputs": dict(inputs),
        "max_concurrency": plan.max_concurrency,
        "levels": [list(level) for level in plan.levels],
    }


def _planned(step: PlannedStep) -> Document:
    return {
        "step": step.id,
        "level": step.level,
        "agent": step.agent.name,
        "models": list(step.models),
        "needs": list(step.needs),
        "tools": None if step.agent.tools is None else list(step.agent.tools),
        "interactive": step.interactive,
        "has_output_schema": step.output_schema is not None,
        "attachments": [{"name": file.name, "media_type": file.media_type} for file in step.attachments],
        "retry_count": step.retry_count,
        "timeout_seconds": None if step.timeout_ms is None else step.timeout_ms / 1000,
    }


def _condition(text: PlannedText) -> Document | None:
    if text.step.condition is None:
        return None
    return {"step": text.step.condition.step, "tests": [demand.holds for demand in text.demands]}


def _walked(step: WalkedStep) -> Document:
    seen, stub = step.seen, step.stub
    return {
        **_planned(step.planned),
        "status": seen.status,
        "skip_reason": seen.skip_reason,
        "not_run_because": seen.because,
        "error": None if seen.failure is None else seen.failure.message,
        "attempts": len(seen.attempts),
        "model": seen.model,
        "system": None if stub is None else stub.system,
        "prompt": seen.prompt,
        "answer": seen.output,
        "answer_source": None if stub is None else stub.source,
        "questions": [
            {
                "text": question.asked.text,
                "choices": list(question.asked.choices),
                "answer": None if question.answer is None else question.answer.text,
            }
            for question in step.questions
        ],
        "calls": [
            {"tool": use.tool, "arguments": use.arguments, "result": use.result, "is_error": use.is_error}
            for use in step.calls
        ],
    }


def _branch(branch: Branch) -> Document:
    return {
        "step": branch.step,
        "tested": branch.tested,
        "answer": branch.answer,
        "is_taken": branch.is_taken,
        "reason": branch.reason,
        "tests": [demand.holds for demand in branch.demands],
    }
