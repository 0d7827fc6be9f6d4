"""What a run's end means: which steps failed, what that did to others, and the process's exit code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from goflow.events import FailureKind, RunStatus, StopReason
from goflow.scheduler.status import StepStatus

if TYPE_CHECKING:
    from goflow.planning.plan import Plan
    from goflow.projections.run_view import RunView, StepView


class FailOn(StrEnum):
    """Which failed steps keep the exit code of a run from being 0; by default those that are not covered."""

    RUN = "run"
    """Only a failed run counts, as in the original."""
    ANY = "any"
    """Every failed step counts, also one covered by `on_error: continue`."""
    NEVER = "never"
    """Neither failed steps nor a failed run count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What failed and what followed from it, all in the file's order.

    `starved` are the steps that ran on an empty input, with the failed steps whose outputs they read;
    `not_run` those that did not run, with the failed step that is the cause.
    """

    failed: tuple[str, ...]
    starved: dict[str, tuple[str, ...]]
    not_run: dict[str, str]


def assess(view: RunView, plan: Plan) -> Outcome:
    """Work out what failed and what followed from it."""
    failed = tuple(name for name in plan.steps if _is(view, name, StepStatus.FAILED))
    starved = {name: _failed_inputs(plan, name, failed) for name in plan.steps if _has_run(view, name)}
    return Outcome(
        failed=failed,
        starved={name: empty for name, empty in starved.items() if empty},
        not_run={
            name: view.steps[name].because or "" for name in plan.steps if _is(view, name, StepStatus.NOT_RUN)
        },
    )


def _is(view: RunView, name: str, status: StepStatus) -> bool:
    return name in view.steps and view.steps[name].status is status


def _has_run(view: RunView, name: str) -> bool:
    return name in view.steps and view.steps[name].started_ms is not None


def _failed_inputs(plan: Plan, name: str, failed: tuple[str, ...]) -> tuple[str, ...]:
    reads = plan.steps[name].reads
    return tuple(other for other in failed if other in reads) if failed and reads else ()


_STOPPED: Final = {StopReason.SIGINT: 130, StopReason.SIGTERM: 143}
_STOPPED_SHORT: Final = {StopReason.UNANSWERED: 5, StopReason.TIMEOUT: 6, StopReason.CANCELLED: 1}
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
    if view.reason in _STOPPED:
        return _STOPPED[view.reason]
    if _nothing_could_run(view):
        return 4
    if view.reason is not None:
        return _STOPPED_SHORT[view.reason]
    if view.status is not RunStatus.COMPLETED:
        return 0 if fail_on is FailOn.NEVER and view.status is RunStatus.FAILED else 1
    return 3 if any(_counts(step, plan, fail_on) for step in view.steps.values()) else 0


def _nothing_could_run(view: RunView) -> bool:
    """Whether no step completed, some failed, and all that did lacked a provider that answers."""
    if any(step.status is StepStatus.COMPLETED for step in view.steps.values()):
        return False
    kinds = {step.failure.kind for step in view.steps.values() if step.failure is not None}
    return bool(kinds) and kinds <= _NO_PROVIDER


def _counts(step: StepView, plan: Plan, fail_on: FailOn | None) -> bool:
    if step.status is not StepStatus.FAILED or fail_on in (FailOn.RUN, FailOn.NEVER):
        return False
    return fail_on is FailOn.ANY or not plan.steps[step.id].is_covered
