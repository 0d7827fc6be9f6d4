"""What is printed on stdout at a run's end, byte for byte."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, assert_never

from goflow.scheduler.status import StepStatus
from goflow.workflow import OutputFormat

if TYPE_CHECKING:
    from goflow.planning.plan import Plan
    from goflow.projections.run_view import RunView, StepView


def render_results(view: RunView, plan: Plan) -> str:
    """Return the text for `plan.output`: the steps it names, else all that completed, in the file's order."""
    shown = _shown_steps(view, plan)
    match plan.output.format:
        case OutputFormat.MARKDOWN:
            return "# Workflow Results\n" + "".join(map(_markdown, shown))
        case OutputFormat.PLAIN | OutputFormat.TEXT:
            return "\n".join(map(_plain, shown))
        case OutputFormat.JSON:
            document = {"steps": {step.id: _jsonable(step) for step in shown}}
            return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
        case _ as unreachable:
            assert_never(unreachable)


_HAS_RESULT = frozenset({StepStatus.COMPLETED, StepStatus.SKIPPED, StepStatus.FAILED})


def _shown_steps(view: RunView, plan: Plan) -> list[StepView]:
    found = view.steps
    if plan.output.steps:
        named = dict.fromkeys(name for name in plan.output.steps if name in found)
        return [found[name] for name in named if found[name].status in _HAS_RESULT]
    return [found[name] for name in plan.steps if name in found and _has_completed(found[name])]


def _has_completed(step: StepView) -> bool:
    return step.status is StepStatus.COMPLETED


def _markdown(step: StepView) -> str:
    return f"\n## Step: {step.id}\n\n{_body(step, '*{}*', 'Skipped', 'Failed')}\n"


def _plain(step: StepView) -> str:
    return f"=== {step.id} ===\n\n{_body(step, '({})', 'skipped', 'failed')}\n"


def _body(step: StepView, frame: str, skipped: str, failed: str) -> str:
    if step.status is StepStatus.SKIPPED:
        return frame.format(skipped)
    if step.failure is not None:
        return frame.format(f"{failed}: {step.failure.message}")
    return step.output or ""


def _jsonable(step: StepView) -> dict[str, str]:
    if step.status is StepStatus.SKIPPED:
        return {"status": step.status}
    if step.failure is not None:
        return {"status": step.status, "error": step.failure.message}
    return {"status": step.status, "output": step.output or ""}
