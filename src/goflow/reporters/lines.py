"""`--progress plain`: one line a change of state, with the time of day in UTC."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from goflow.events import (
    AnswerRefused,
    AttemptFailed,
    AttemptStarted,
    CallAdmitted,
    CallThrottled,
    Event,
    Fact,
    QuestionAnswered,
    QuestionAsked,
    RunClaimed,
    RunReopened,
    StepCancelled,
    StepCompleted,
    StepFailed,
    StepNotRun,
    StepReused,
    StepSkipped,
    StopReason,
    StopRequested,
)
from goflow.journal.moments import show_moment
from goflow.problems import count_of
from goflow.projections import RunView, sum_step
from goflow.projections.quantities import format_cost, format_time
from goflow.reporters.following import Following
from goflow.reporters.sanitize import sanitize_line
from goflow.reporters.short_waits import ShortWaits

if TYPE_CHECKING:
    from goflow.events import Progress
    from goflow.planning.plan import Plan

WIDEST_ID: Final = 32
"""A longer id pushes the rest of its line to the right."""

_REASONS: Final = {
    StopReason.SIGINT: "interrupted",
    StopReason.SIGTERM: "terminated",
    StopReason.CANCELLED: "cancelled",
    StopReason.TIMEOUT: "the run's time is over",
    StopReason.UNANSWERED: "nobody can answer",
    StopReason.BUDGET: "the budget allows no further request",
    StopReason.QUOTA: "a quota is used up",
}


class PlainLines:
    """Writes a line for each change that people care about."""

    def __init__(self, plan: Plan, write: Callable[[str], None], *, history: Iterable[Event] = ()) -> None:
        """`history` are the events of earlier owners, of which nothing is shown."""
        self._plan = plan
        self._write = write
        self._view = RunView(plan.steps)
        self._following = Following(plan)
        self._width = min(WIDEST_ID, max(map(len, plan.steps), default=0))
        self._again = 0
        self._short = ShortWaits()
        for event in history:
            self._view.see(event)
            self._following.see(event.fact)

    def on_events(self, batch: Sequence[Event]) -> None:
        """Write the lines of a batch at once."""
        lines: list[str] = []
        self._again = sum(len(event.fact.again) for event in batch if isinstance(event.fact, RunReopened))
        for event in batch:
            self._view.see(event)
            time_of_day = show_moment(event.at_ms)[11:19]
            shown = self._short.pass_on(event)
            lines.extend(f"{time_of_day} {line}\n" for fact in shown for line in self._lines(fact))
        if lines:
            self._write("".join(lines))

    def on_progress(self, progress: Progress) -> None:
        """Write nothing: text is for `--stream`."""

    async def close(self) -> None:
        """Do nothing: every batch has been written."""

    def _lines(self, fact: Fact) -> Iterator[str]:  # noqa: C901, PLR0912 - one case a fact, nothing else
        following = self._following.see(fact)
        match fact:
            case AttemptStarted():
                yield self._line(fact.step, "started", fact.model or "")
            case StepCompleted():
                yield self._line(fact.step, "done", self._figures(fact.step))
            case StepReused():
                yield self._line(fact.step, "reused", f"from {sanitize_line(fact.origin)}")
            case AttemptFailed() if following is not None:
                yield self._line(fact.step, "failed", f"{following}: {sanitize_line(fact.failure.message)}")
            case RunClaimed():
                yield self._beginning()
            case StepFailed():
                parts = (self._figures(fact.step), sanitize_line(fact.failure.message))
                yield self._line(fact.step, "FAILED", "  ".join(part for part in parts if part))
            case StepSkipped():
                yield self._line(fact.step, "skipped", sanitize_line(fact.reason))
            case StepNotRun():
                yield self._line(fact.step, "not run", f"because {fact.because} failed")
            case StepCancelled():
                yield self._line(fact.step, "cancelled", self._figures(fact.step))
            case QuestionAsked():
                yield self._line(fact.step, "asks", _shown_question(fact))
            case CallThrottled():
                yield self._line(fact.step, "throttled", _shown_wait(fact, self._view.now_ms))
            case CallAdmitted():
                yield self._line(fact.step, "goes on", f"after {format_time(fact.waited_ms)}")
            case AnswerRefused():
                yield self._line(fact.step, "repairs", sanitize_line(fact.complaint))
            case QuestionAnswered():
                yield self._line(fact.step, "answered", f"by {sanitize_line(fact.by)}")
            case StopRequested():
                yield _stopping(fact)
            case _:
                return

    def _beginning(self) -> str:
        plan, ended = self._plan, sum(step.status.has_ended for step in self._view.steps.values())
        size = f"{count_of(len(plan.steps), 'step')}, {count_of(len(plan.levels), 'level')}"
        resumed = f", resumed with {ended - self._again} done" if self._view.epoch > 1 else ""
        return f"run {self._view.run_id} {sanitize_line(plan.name)}: {size}{resumed}"

    def _line(self, step: str, word: str, rest: str) -> str:
        return f"{step:<{self._width}} {word:<9} {rest}".rstrip()

    def _figures(self, step: str) -> str:
        """Return the time, tokens and cost of a step that has ended, in columns."""
        found = self._view.steps[step]
        if found.duration_ms is None:
            return ""
        spent = sum_step(found)
        tokens = f"{spent.tokens} tok" if spent.tokens else ""
        return "  ".join(
            part for part in (f"{format_time(found.duration_ms):>6}", tokens, format_cost(spent)) if part
        )


def _shown_question(fact: QuestionAsked) -> str:
    choices = [f"{number}. {sanitize_line(choice)}" for number, choice in enumerate(fact.choices, start=1)]
    return "  ".join([sanitize_line(fact.text), *choices])


def _shown_wait(fact: CallThrottled, now_ms: int) -> str:
    """Say how long a request waits, as far as that is known, and for what."""
    left_ms = 0 if fact.until_ms is None else fact.until_ms - now_ms
    wait = f"{format_time(left_ms)}  " if left_ms > 0 else ""
    return f"{wait}{sanitize_line(fact.limit)}: {sanitize_line(fact.reason)}"


def _stopping(fact: StopRequested) -> str:
    if fact.reason is StopReason.UNANSWERED:
        return f"stopping ({_REASONS[fact.reason]})"  # nothing runs any more
    if fact.grace_s is None:
        patience = "running steps end first"
    elif fact.grace_s > 0:
        patience = f"running steps have {fact.grace_s:g}s to end"
    else:
        patience = "running steps are stopped"
    return f"stopping ({_REASONS[fact.reason]}): {patience}"
