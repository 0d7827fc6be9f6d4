"""A run as people look at it, folded from its events: what each step did, with what, and what came out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never

from goflow.events import (
    NO_USAGE,
    AnswerRefused,
    AttemptContinued,
    AttemptFailed,
    AttemptStarted,
    Event,
    Failure,
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
    ToolCalled,
    ToolReturned,
    TurnTaken,
    Usage,
)
from goflow.scheduler.status import TRANSITIONS, StepStatus


class AttemptStatus(StrEnum):
    """How an attempt stands; a lost one was running when its run was left by its owner."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"


@dataclass(slots=True)
class AttemptView:
    """One try of a step; `model` is None for the provider's own default."""

    number: int
    agent: str
    model: str | None
    started_ms: int
    status: AttemptStatus = AttemptStatus.RUNNING
    ended_ms: int | None = None
    failure: Failure | None = None
    usage: Usage | None = None


@dataclass(slots=True)
class StepView:
    """One step as it stands.

    `prompt` is the last one sent, `model` the one that answered, else the last one asked. Times, output and
    failure are those since the step was last pending; `attempts` are all there ever were, since all of them
    cost something.
    """

    id: str
    status: StepStatus = StepStatus.PENDING
    attempts: list[AttemptView] = field(default_factory=list)
    prompt: str | None = None
    output: str | None = None
    failure: Failure | None = None
    skip_reason: str | None = None
    origin: str | None = None
    because: str | None = None
    model: str | None = None
    session_id: str | None = None
    question: QuestionAsked | None = None
    started_ms: int | None = None
    ended_ms: int | None = None

    @property
    def duration_ms(self) -> int | None:
        """Return how long the step took, where it has run and ended."""
        if self.started_ms is None or self.ended_ms is None:
            return None
        return self.ended_ms - self.started_ms


class RunView:
    """A run as it stands. Change it with `see` alone, one event at a time, in their order.

    Made with the steps of a plan it lists them in the file's order from the start; without, as they turn up.
    """

    __slots__ = (
        "active_before_ms",
        "claimed_ms",
        "created",
        "ended_ms",
        "epoch",
        "now_ms",
        "reason",
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
        self.stopping: StopReason | None = None
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
                _start(self._step(fact.step), fact, at_ms)
            case StepCompleted() as fact:
                _complete(self._step(fact.step), fact, at_ms)
            case StepReused() as fact:
                _reuse(self._step(fact.step), fact, at_ms)
            case AttemptFailed() as fact:
                _fail_attempt(self._step(fact.step), fact, at_ms)
            case StepSkipped() as fact:
                _skip(self._step(fact.step), fact, at_ms)
            case StepFailed() as fact:
                _fail(self._step(fact.step), fact, at_ms)
            case StepNotRun() as fact:
                _leave_out(self._step(fact.step), fact, at_ms)
            case StepCancelled() as fact:
                _cancel(self._step(fact.step), at_ms)
            case QuestionAsked() as fact:
                _ask(self._step(fact.step), fact)
            case QuestionAnswered() as fact:
                _take_answer(self._step(fact.step), fact)
            case AttemptContinued() as fact:
                _go_on(self._step(fact.step))
            case TurnTaken() | AnswerRefused() as fact:
                _spend(self._step(fact.step), fact.usage)
            case ToolCalled() | ToolReturned() | MemoryWritten():
                """The step goes on as it was."""
            case RunCreated() as fact:
                self.created, self.started_ms = fact, at_ms
            case RunClaimed() as fact:
                self._claim(fact, at_ms)
            case RunReopened() as fact:
                self._reopen(fact)
            case StopRequested() as fact:
                self.stopping = self.stopping or fact.reason
            case TimerFired():
                """What follows from it is an event of its own."""
            case RunFinished() as fact:
                self.status, self.reason, self.ended_ms = fact.status, fact.reason, at_ms
            case _ as unreachable:
                assert_never(unreachable)
        self.now_ms = at_ms

    def _step(self, name: str) -> StepView:
        found = self.steps.get(name)
        if found is None:
            found = self.steps[name] = StepView(name)
        return found

    def _claim(self, fact: RunClaimed, at_ms: int) -> None:
        """Start the time of a new owner: what the one before left running is lost, and pending again."""
        self.active_before_ms = self.active_ms
        self.claimed_ms = at_ms
        self.epoch = fact.epoch
        self.status, self.reason, self.stopping, self.ended_ms = RunStatus.RUNNING, None, None, None
        for step in self.steps.values():
            if step.status in TRANSITIONS[RunClaimed]:
                _end_attempt(step, AttemptStatus.LOST, self.now_ms)
                _put_back(step)

    def _reopen(self, fact: RunReopened) -> None:
        for name in fact.again:
            _put_back(self._step(name))


def _start(step: StepView, fact: AttemptStarted, at_ms: int) -> None:
    step.status = StepStatus.RUNNING
    step.prompt = fact.prompt
    step.model = fact.model
    step.attempts.append(AttemptView(fact.attempt, fact.agent, fact.model, at_ms))
    if step.started_ms is None:
        step.started_ms = at_ms


def _complete(step: StepView, fact: StepCompleted, at_ms: int) -> None:
    step.output = fact.output
    step.model = fact.model or step.model
    step.session_id = fact.session_id
    _end_attempt(step, AttemptStatus.COMPLETED, at_ms, usage=fact.usage)
    _end(step, StepStatus.COMPLETED, at_ms)


def _reuse(step: StepView, fact: StepReused, at_ms: int) -> None:
    step.prompt, step.output, step.model = fact.prompt, fact.output, fact.model
    step.origin = fact.origin
    step.started_ms = at_ms
    _end(step, StepStatus.COMPLETED, at_ms)


def _fail_attempt(step: StepView, fact: AttemptFailed, at_ms: int) -> None:
    step.status = StepStatus.WAITING
    step.question = None
    _end_attempt(step, AttemptStatus.FAILED, at_ms, usage=fact.usage, failure=fact.failure)


def _skip(step: StepView, fact: StepSkipped, at_ms: int) -> None:
    step.skip_reason = fact.reason
    _end(step, StepStatus.SKIPPED, at_ms)


def _fail(step: StepView, fact: StepFailed, at_ms: int) -> None:
    step.failure = fact.failure
    _end_attempt(step, AttemptStatus.FAILED, at_ms, failure=fact.failure)
    _end(step, StepStatus.FAILED, at_ms)


def _leave_out(step: StepView, fact: StepNotRun, at_ms: int) -> None:
    step.because = fact.because
    _end(step, StepStatus.NOT_RUN, at_ms)


def _cancel(step: StepView, at_ms: int) -> None:
    _end_attempt(step, AttemptStatus.CANCELLED, at_ms)
    unanswered = step.question
    _end(step, StepStatus.CANCELLED, at_ms)
    step.question = unanswered  # which may still be answered, before the run is resumed


def _spend(step: StepView, usage: Usage) -> None:
    """Count what an attempt has consumed so far, which stands if it is lost; its end has the whole."""
    if step.attempts:
        attempt = step.attempts[-1]
        attempt.usage = (attempt.usage or NO_USAGE).plus(usage)


def _ask(step: StepView, fact: QuestionAsked) -> None:
    step.status = StepStatus.WAITING
    step.question = fact


def _take_answer(step: StepView, fact: QuestionAnswered) -> None:
    if step.question is not None and step.question.question_id == fact.question_id:
        step.question = None


def _go_on(step: StepView) -> None:
    step.status = StepStatus.RUNNING
    step.question = None


def _end_attempt(
    step: StepView,
    status: AttemptStatus,
    at_ms: int,
    *,
    usage: Usage | None = None,
    failure: Failure | None = None,
) -> None:
    """End the step's live attempt; a step that waits for its next one has none."""
    if step.attempts and step.attempts[-1].status is AttemptStatus.RUNNING:
        attempt = step.attempts[-1]
        attempt.status = status
        attempt.ended_ms = at_ms
        attempt.usage = usage or attempt.usage
        attempt.failure = failure


def _end(step: StepView, status: StepStatus, at_ms: int) -> None:
    step.status = status
    step.ended_ms = at_ms
    step.question = None


def _put_back(step: StepView) -> None:
    step.status = StepStatus.PENDING
    step.output = step.failure = step.skip_reason = step.because = step.session_id = step.question = None
    step.origin = None
    step.started_ms = step.ended_ms = None
