"""`step.meta.json`, made from a step's view."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from goflow.journal.moments import show_moment
from goflow.scheduler.status import StepStatus

if TYPE_CHECKING:
    from goflow.planning.plan import PlannedStep
    from goflow.projections import StepView
    from goflow.workflow import Condition

_ONE_KEY_A_LINE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",\n  ", ": "))
"""`indent` would leave the encoder written in C, which takes a tenth of the time."""


def encode_text(text: str) -> bytes:
    """Encode a text as it is; a lone surrogate, which UTF-8 has no place for, becomes `?`."""
    return text.encode("utf-8", "replace")


def make_step_meta(planned: PlannedStep, step: StepView) -> bytes:
    """Make `step.meta.json`: every key is always there, and a text that is not known is empty."""
    duration_ms = step.duration_ms
    meta = {
        "step_id": planned.id,
        "agent": planned.agent.name,
        "agent_file": planned.agent.file or "",
        "model": planned.models[0] or "",
        "status": step.status,
        "started_at": _moment(step.started_ms),
        "completed_at": _moment(step.ended_ms),
        "duration_seconds": 0.0 if duration_ms is None else duration_ms / 1000,
        "output_file": "" if step.output is None else "output.md",
        "depends_on": planned.needs,
        "condition": _shown_condition(planned.condition),
        "condition_result": _condition_result(planned, step),
        "skip_reason": step.skip_reason or "",
        "session_id": step.session_id or "",
        "error": "" if step.failure is None else step.failure.message,
        "interactive": planned.interactive,
    }
    return encode_text("{\n  " + _ONE_KEY_A_LINE.encode(meta)[1:-1] + "\n}\n")


def _moment(at_ms: int | None) -> str:
    return "" if at_ms is None else show_moment(at_ms)


def _shown_condition(condition: Condition | None) -> dict[str, str | tuple[str, ...]] | None:
    if condition is None:
        return None
    tests = {
        "contains": condition.contains,
        "not_contains": condition.not_contains,
        "equals": condition.equals,
        "not_equals": condition.not_equals,
    }
    given = {name: values[0] if len(values) == 1 else values for name, values in tests.items() if values}
    return {"step": condition.step, **given}


def _condition_result(planned: PlannedStep, step: StepView) -> bool | None:
    """Tell whether the condition held; None where there is none, or it was never tested."""
    if planned.condition is None:
        return None
    if step.status is StepStatus.SKIPPED:
        return False
    return True if step.started_ms is not None else None
