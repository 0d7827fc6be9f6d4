"""The last lines on stderr: how the run ended, what failed, what that did, and what to type next."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final, assert_never

from goflow.events import RunStatus, StopReason
from goflow.problems import count_of
from goflow.projections.outcome import Outcome, assess
from goflow.projections.quantities import format_cost, format_moment, format_time, format_tokens
from goflow.projections.shortfall import amounts_to_raise, shortfalls_of
from goflow.projections.spending import sum_run

if TYPE_CHECKING:
    from goflow.planning.plan import Plan
    from goflow.projections.run_view import RunView

MOST_NAMES: Final = 10
"""How many steps that did not run are named for one cause; failed and starved ones are all named."""


def summarize(view: RunView, plan: Plan, *, reference: str | None = None) -> str:
    """Return the text, each line ended; texts from models stand in it as they came, escapes and all.

    `reference` is what the user can call the run, if that is not its id.
    """
    found = assess(view, plan)
    lines = [
        _headline(view, plan, found),
        *(f"  {each.told()}" for each in shortfalls_of(view, plan)),
        *_failed_lines(view, found),
        *(f"  {step} ran on an empty input: {_and(empty)} failed" for step, empty in found.starved.items()),
        *_not_run_lines(found),
        *(f"  {question.step} asks: {_indented(question.text)}" for question in view.questions),
    ]
    if _is_resumable(view, found):
        run = reference or view.run_id
        first = f"{how_to_answer(view, run)}, then " if view.questions else ""
        if view.resume_at_ms is not None:
            lines.append(f"  the first is said to do so at {format_moment(view.resume_at_ms)}")
        lines.append(f"next: {first}goflow resume {run}{how_to_resume(view, plan)}")
    return "".join(f"{line}\n" for line in lines)


def how_to_answer(view: RunView, run: str) -> str:
    """Return the command that answers one of the open questions of a run that is called so."""
    which = " --step ID" if len(view.questions) > 1 else ""
    return f"goflow answer {run}{which} ANSWER"


def _headline(view: RunView, plan: Plan, found: Outcome) -> str:
    spent = sum_run(view)
    parts = [
        f"{_verdict(view, plan, found)} in {format_time(view.active_ms)}",
        format_tokens(spent.tokens) if spent.tokens else "",
        format_cost(spent),
    ]
    return " · ".join(part for part in parts if part)


def _verdict(view: RunView, plan: Plan, found: Outcome) -> str:
    failed = count_of(len(found.failed), "failed step")
    match view.status:
        case RunStatus.COMPLETED:
            return f"finished with {failed}" if found.failed else "completed"
        case RunStatus.FAILED:
            return f"failed with {failed}"
        case RunStatus.WAITING | RunStatus.INTERRUPTED:
            return _stopped(view, plan)
        case RunStatus.RUNNING:
            return "left unfinished"
        case _ as unreachable:
            assert_never(unreachable)


_STOPPED_BY: Final = {
    StopReason.SIGINT: "interrupted",
    StopReason.SIGTERM: "terminated",
    StopReason.CANCELLED: "cancelled",
    StopReason.TIMEOUT: "stopped by the timeout",
    StopReason.UNANSWERED: "stopped for an answer that nobody could give",
    StopReason.BUDGET: "stopped by the budget",
    StopReason.QUOTA: "laid aside until providers take requests again",
}


def _stopped(view: RunView, plan: Plan) -> str:
    done = sum(name in view.steps and view.steps[name].status.has_ended for name in plan.steps)
    verb = _STOPPED_BY[view.reason or StopReason.SIGINT]
    return f"{verb} with {done} of {len(plan.steps)} steps done"


def _failed_lines(view: RunView, found: Outcome) -> Iterator[str]:
    for name in found.failed:
        failure = view.steps[name].failure
        yield f"  {name} failed: {_indented(failure.message if failure else '')}"


def _not_run_lines(found: Outcome) -> Iterator[str]:
    for cause in dict.fromkeys(found.not_run.values()):
        names = [name for name, because in found.not_run.items() if because == cause]
        named = ", ".join(islice(names, MOST_NAMES))
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        yield f"  not run because {cause} failed: {named}{more}"


def _and(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _indented(text: str) -> str:
    return text.strip().replace("\n", "\n    ")


def how_to_resume(view: RunView, plan: Plan | None) -> str:
    """Return the flags that a resumed run needs, for what it was stopped by."""
    if view.reason is StopReason.QUOTA:
        return " --wait"
    if view.reason is not StopReason.BUDGET:
        return ""
    return f" --budget {amounts_to_raise(view, plan)}"


def _is_resumable(view: RunView, found: Outcome) -> bool:
    return view.status is not RunStatus.COMPLETED or bool(found.failed)
