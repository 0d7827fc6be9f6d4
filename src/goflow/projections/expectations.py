"""What a case expects, held against the run: each miss with its place, what was wanted and what was seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, assert_never

from goflow.problems import Span, shown
from goflow.projections.exit_codes import exit_code
from goflow.projections.expected_texts import Complaint, Judge, complaint_about
from goflow.projections.results import render_results
from goflow.scheduler.status import StepStatus
from goflow.values import dataclass
from goflow.workflow.case import (
    AttemptsAre,
    Check,
    ExitCodeIs,
    OutputIs,
    PrintedIs,
    PromptIs,
    Ran,
    RunStatusIs,
    Skipped,
    StepStatusIs,
    TextCheck,
)

if TYPE_CHECKING:
    from goflow.planning.plan import Plan
    from goflow.projections.run_view import RunView, StepView


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """An expectation that does not hold; `lines` show more than fits the message."""

    at: Span
    message: str
    lines: tuple[str, ...] = ()


def misses(checks: Iterable[Check], view: RunView, plan: Plan, judge: Judge) -> Iterator[Miss]:
    """Yield what does not hold, in the order it is written."""
    for check in checks:
        found = _complaint(check, view, plan, judge)
        if found is not None:
            at = check.check.at if isinstance(check, PromptIs | OutputIs | PrintedIs) else check.at
            yield Miss(at=at, message=found[0], lines=tuple(found[1]))


def _complaint(check: Check, view: RunView, plan: Plan, judge: Judge) -> Complaint | None:
    match check:
        case RunStatusIs():
            return _other("the run's status", check.status, view.status, _why_run(view))
        case ExitCodeIs():
            return _other("the exit code", str(check.code), str(exit_code(view, plan)), _why_run(view))
        case Ran():
            asked = [step.id for step in view.steps.values() if step.attempts]
            return _others("the steps that ran", check.steps, asked)
        case Skipped():
            skipped = [step.id for step in view.steps.values() if step.status is StepStatus.SKIPPED]
            return _others("the steps that were skipped", check.steps, skipped)
        case PrintedIs():
            return _text("the printed output", render_results(view, plan), check.check, judge)
        case StepStatusIs() | AttemptsAre() | PromptIs() | OutputIs():
            return _of_step(check, view.steps[check.step], judge)
        case _ as unreachable:
            assert_never(unreachable)


def _of_step(
    check: StepStatusIs | AttemptsAre | PromptIs | OutputIs, step: StepView, judge: Judge
) -> Complaint | None:
    of_it = f"of step `{step.id}`"
    match check:
        case StepStatusIs():
            return _other(f"the status {of_it}", check.status, step.status, _why(step))
        case AttemptsAre():
            seen = str(len(step.attempts))
            return _other(f"the number of attempts {of_it}", str(check.count), seen, _attempts(step))
        case PromptIs():
            if step.prompt is None:
                return f"the prompt {of_it}: it was never asked", _ending(step)
            return _text(f"the prompt {of_it}", step.prompt, check.check, judge)
        case OutputIs():
            if step.status is not StepStatus.COMPLETED:
                return f"the output {of_it}: there is none", _ending(step)
            return _text(f"the output {of_it}", step.output or "", check.check, judge)
        case _ as unreachable:
            assert_never(unreachable)


def _other(what: str, wanted: str, seen: str, lines: Sequence[str]) -> Complaint | None:
    return None if wanted == seen else (f"{what}: expected `{wanted}`, seen `{seen}`", lines)


def _others(what: str, wanted: Sequence[str], seen: Sequence[str]) -> Complaint | None:
    """Compare names, in any order."""
    parts = (
        ("missing", [name for name in wanted if name not in seen]),
        ("not expected", [name for name in seen if name not in wanted]),
    )
    told = "; ".join(f"{title} `{'`, `'.join(names)}`" for title, names in parts if names)
    return (f"{what}: {told}", ()) if told else None


def _text(what: str, seen: str, check: TextCheck, judge: Judge) -> Complaint | None:
    found = complaint_about(check, seen, judge)
    return None if found is None else (f"{what}: {found[0]}", found[1])


def _why_run(view: RunView) -> list[str]:
    """Return what is known of failed steps, and of what stopped the run."""
    stopped = [] if view.reason is None else [f"it was stopped: {view.reason}"]
    asking = [f"step `{question.step}` asks: {shown(question.text)}" for question in view.questions]
    failed = [step for step in view.steps.values() if step.failure is not None]
    return [*stopped, *asking, *(f"step `{step.id}` {line}" for step in failed for line in _why(step))]


def _ending(step: StepView) -> list[str]:
    return [f"the step is `{step.status}`", *_why(step)]


def _why(step: StepView) -> list[str]:
    if step.failure is not None:
        return [f"failed with `{step.failure.kind}`: {step.failure.message}"]
    because = f"because `{step.because}` failed" if step.because else ""
    return [reason for reason in (step.skip_reason, because) if reason]


def _attempts(step: StepView) -> list[str]:
    """Return a line an attempt."""
    failures = ((each, "" if each.failure is None else f": {each.failure.message}") for each in step.attempts)
    return [f"attempt {each.number} {each.status}{told}" for each, told in failures]
