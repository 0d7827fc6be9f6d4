"""A run as people look at it, folded from its events: what each step did, with what, and what came out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from goflow.events import (
    AnswerRefused,
    AttemptContinued,
    AttemptFailed,
    AttemptStarted,
    CallAdmitted,
    CallThrottled,
    Event,
    MemoryWritten,
    QuestionAnswered,
    QuestionAsked,
    RunClaimed,
    RunCreated,
    RunFinished,
    RunReopened,
    RunStatus,
    StepCancelled,
    StepCompleted,
    StepFailed,
    StepNotRun,
    StepReused,
    StepSkipped,
    StopReason,
    StopRequested,
    TimerFired,
    TimerKind,
    ToolCalled,
    ToolReturned,
    TurnTaken,
)
from goflow.projections import step_view
from goflow.projections.step_view import AttemptStatus, AttemptView, StepView
from goflow.scheduler.status import TRANSITIONS

__all__ = ["AttemptStatus", "AttemptView", "RunView", "StepView"]


class RunView:
    """A run as it stands. Change it with `see` alone, one event at a time, in their order.

    Made with the steps of a plan it lists them in the file's order from the start; without, as they turn up.
    """

    __slots__ = (
        "active_before_ms",
        "budget_stop",
        "claimed_ms",
        "created",
        "ended_ms",
        "epoch",
        "now_ms",
        "reason",
        "resume_at_ms",
        "seq",
        "started_ms",
        "status",
        "steps",
        "stopping",
    )

    def __init__(self, steps: Iterable[str] = ()) -> None:
        self.created: RunCreated | None = None
        self.epoch = 0
        self.seq = 0
        self.status = RunStatus.RUNNING
        self.reason: StopReason | None = None
        self.resume_at_ms: int | None = None
        self.stopping: StopReason | None = None
        self.budget_stop: StopRequested | TimerFired | None = None
        self.now_ms = 0
        self.started_ms: int | None = None
        self.claimed_ms: int | None = None
        self.ended_ms: int | None = None
        self.active_before_ms = 0
        self.steps = {step: StepView(step) for step in steps}

    @property
    def run_id(self) -> str:
        """Return the run's id, empty before its first event."""
        return "" if self.created is None else self.created.run_id

    @property
    def workflow_name(self) -> str:
        """Return the workflow's name, empty before the run's first event."""
        return "" if self.created is None else self.created.workflow_name

    @property
    def active_ms(self) -> int:
        """Return how long owners have worked on the run; the time between two of them does not count."""
        if self.claimed_ms is None:
            return 0
        return self.active_before_ms + self.now_ms - self.claimed_ms

    @property
    def questions(self) -> list[QuestionAsked]:
        """Return the questions that wait for an answer."""
        return [step.question for step in self.steps.values() if step.question is not None]

    def see(self, event: Event) -> None:  # noqa: C901, PLR0912 - one case a fact, nothing else
        """Take in the next event."""
        at_ms = event.at_ms
        self.seq = event.seq
        match event.fact:
            case AttemptStarted() as fact:
                step_view.start(self._step(fact.step), fact, at_ms)
            case StepCompleted() as fact:
                step_view.complete(self._step(fact.step), fact, at_ms)
            case StepReused() as fact:
                step_view.reuse(self._step(fact.step), fact, at_ms)
            case AttemptFailed() as fact:
                step_view.fail_attempt(self._step(fact.step), fact, at_ms)
            case StepSkipped() as fact:
                step_view.skip(self._step(fact.step), fact, at_ms)
            case StepFailed() as fact:
                step_view.fail(self._step(fact.step), fact, at_ms)
            case StepNotRun() as fact:
                step_view.leave_out(self._step(fact.step), fact, at_ms)
            case StepCancelled() as fact:
                step_view.cancel(self._step(fact.step), at_ms)
            case QuestionAsked() as fact:
                step_view.ask(self._step(fact.step), fact)
            case QuestionAnswered() as fact:
                step_view.take_answer(self._step(fact.step), fact)
            case AttemptContinued() as fact:
                step_view.go_on(self._step(fact.step))
            case CallThrottled() as fact:
                step_view.throttle(self._step(fact.step), fact)
            case CallAdmitted() as fact:
                step_view.admit(self._step(fact.step), fact)
            case TurnTaken() | AnswerRefused() as fact:
                step_view.spend(self._step(fact.step), fact.usage)
            case ToolCalled() | ToolReturned() | MemoryWritten():
                """The step goes on as it was."""
            case RunCreated() as fact:
                self.created, self.started_ms = fact, at_ms
            case RunClaimed() as fact:
                self._claim(fact, at_ms)
            case RunReopened() as fact:
                self._reopen(fact)
            case StopRequested() as fact:
                self._stop(fact)
            case TimerFired() as fact:
                self._fire(fact)
            case RunFinished() as fact:
                self.status, self.reason, self.ended_ms = fact.status, fact.reason, at_ms
                self.resume_at_ms = fact.resume_at_ms
            case _ as unreachable:
                assert_never(unreachable)
        self.now_ms = at_ms

    def _step(self, name: str) -> StepView:
        found = self.steps.get(name)
        if found is None:
            found = self.steps[name] = StepView(name)
        return found

    def _stop(self, fact: StopRequested) -> None:
        self.stopping = self.stopping or fact.reason
        if fact.reason is StopReason.BUDGET:
            self.budget_stop = self.budget_stop or fact

    def _fire(self, fact: TimerFired) -> None:
        """Keep that the time of the budget is over; what else follows from timers is an event of its own."""
        if fact.timer is TimerKind.TIME_BUDGET:
            self.budget_stop = self.budget_stop or fact

    def _claim(self, fact: RunClaimed, at_ms: int) -> None:
        """Start the time of a new owner: what the one before left running is lost, and pending again."""
        self.active_before_ms = self.active_ms
        self.claimed_ms = at_ms
        self.epoch, self.resume_at_ms = fact.epoch, None
        self.status, self.reason, self.ended_ms = RunStatus.RUNNING, None, None
        self.stopping = self.budget_stop = None
        for step in self.steps.values():
            if step.status in TRANSITIONS[RunClaimed]:
                step_view.end_attempt(step, AttemptStatus.LOST, self.now_ms)
                step_view.put_back(step)

    def _reopen(self, fact: RunReopened) -> None:
        for name in fact.again:
            step_view.put_back(self._step(name))
