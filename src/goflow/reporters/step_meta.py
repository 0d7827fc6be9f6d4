"""`step.meta.json`, made from a step's view."""

from __future__ import annotations

import json
from json.encoder import encode_basestring as quote
from typing import TYPE_CHECKING

from goflow.journal.moments import show_moment
from goflow.scheduler.status import StepStatus

if TYPE_CHECKING:
    from goflow.planning.plan import PlannedStep
    from goflow.projections import StepView
    from goflow.workflow import Condition


def encode_text(text: str) -> bytes:
    """Encode a text as it is; a lone surrogate, which UTF-8 has no place for, becomes `?`."""
    return text.encode("utf-8", "replace")


def make_step_meta(planned: PlannedStep, step: StepView) -> bytes:
    """Make the file; every key is always there, and a text that is not known is empty.

    Laid out by hand, because `json.dumps` with an indent takes five times as long, twice a step.
    """
    duration_ms = step.duration_ms or 0
    return encode_text(
        f'{{\n  "step_id": {quote(planned.id)},\n'
        f'  "agent": {quote(planned.agent.name)},\n'
        f'  "agent_file": {quote(planned.agent.file or "")},\n'
        f'  "model": {quote(planned.models[0] or "")},\n'
        f'  "status": "{step.status.value}",\n'
        f'  "started_at": "{_moment(step.started_ms)}",\n'
        f'  "completed_at": "{_moment(step.ended_ms)}",\n'
        f'  "duration_seconds": {duration_ms / 1000},\n'
        f'  "output_file": "{"" if step.output is None else "output.md"}",\n'
        f'  "depends_on": [{", ".join(map(quote, planned.needs))}],\n'
        f'  "condition": {_shown_condition(planned.condition)},\n'
        f'  "condition_result": {_condition_result(planned, step)},\n'
        f'  "skip_reason": {quote(step.skip_reason or "")},\n'
        f'  "session_id": {quote(step.session_id or "")},\n'
        f'  "error": {quote("" if step.failure is None else step.failure.message)},\n'
        f'  "interactive": {"true" if planned.interactive else "false"}\n}}\n'
    )


def _moment(at_ms: int | None) -> str:
    return "" if at_ms is None else show_moment(at_ms)


def _shown_condition(condition: Condition | None) -> str:
    if condition is None:
        return "null"
    tests = ((test.field, values) for test, values in condition.tests() if values)
    given = {name: values[0] if len(values) == 1 else values for name, values in tests}
    return json.dumps({"step": condition.step, **given}, ensure_ascii=False)


def _condition_result(planned: PlannedStep, step: StepView) -> str:
    """Tell whether the condition held; null where there is none, or it has not been tested."""
    if planned.condition is None:
        return "null"
    if step.status is StepStatus.SKIPPED:
        return "false"
    return "null" if step.started_ms is None else "true"
