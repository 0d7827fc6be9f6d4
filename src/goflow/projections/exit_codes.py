"""The exit code of a process that ran a workflow."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from goflow.events import FailureKind, RunStatus, StopReason
from goflow.projections.outcome import assess, steps_in_order
from goflow.scheduler.status import StepStatus

if TYPE_CHECKING:
    from goflow.planning.plan import Plan, PlannedStep
    from goflow.projections.run_view import RunView


class FailOn(StrEnum):
    """Which failures keep the exit code from being 0; where nothing is said, those not covered."""

    RUN = "run"
    """Only a failed run counts, as in the original."""
    ANY = "any"
    """Every failed step counts, also one covered by `on_error: continue`."""
    NEVER = "never"
    """Neither failed steps nor a failed run count; what stops a run still does."""


_SIGNALLED: Final = {StopReason.SIGINT: 130, StopReason.SIGTERM: 143}
_STOPPED: Final = {
    StopReason.UNANSWERED: 5,
    StopReason.TIMEOUT: 6,
    StopReason.BUDGET: 6,
    StopReason.QUOTA: 6,
    StopReason.CANCELLED: 1,
}
_NO_PROVIDER: Final = frozenset(
    {
        FailureKind.CREDENTIALS,
        FailureKind.MODEL_UNAVAILABLE,
        FailureKind.QUOTA_EXHAUSTED,
        FailureKind.CONNECTION,
    }
)


def exit_code(view: RunView, plan: Plan, *, fail_on: FailOn | None = None) -> int:
    """Return the exit code that a run's end calls for: of those in the reference, the first that applies."""
    if view.reason in _SIGNALLED:
        return _SIGNALLED[view.reason]
    if _nothing_could_run(view, plan):
        return 4
    if view.reason is not None:
        return _STOPPED[view.reason]
    if view.status is not RunStatus.COMPLETED:
        return 0 if fail_on is FailOn.NEVER and view.status is RunStatus.FAILED else 1
    return 3 if any(_counts(plan.steps[name], fail_on) for name in assess(view, plan).failed) else 0


def _nothing_could_run(view: RunView, plan: Plan) -> bool:
    """Whether no step completed, some failed, and all that did lacked a provider that answers."""
    steps = list(steps_in_order(view, plan))
    if any(step.status is StepStatus.COMPLETED for step in steps):
        return False
    kinds = {step.failure.kind for step in steps if step.failure is not None}
    return bool(kinds) and kinds <= _NO_PROVIDER


def _counts(failed: PlannedStep, fail_on: FailOn | None) -> bool:
    if fail_on is FailOn.ANY:
        return True
    return fail_on is None and not failed.is_covered
