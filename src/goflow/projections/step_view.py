"""One step of a run as people look at it, and what each of its events changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from goflow.events import (
    NO_USAGE,
    AttemptFailed,
    AttemptStarted,
    CallAdmitted,
    CallThrottled,
    Failure,
    QuestionAnswered,
    QuestionAsked,
    StepCompleted,
    StepFailed,
    StepNotRun,
    StepReused,
    StepSkipped,
    Usage,
)
from goflow.scheduler.status import StepStatus


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
    failure are those since the step was last pending, and so is how long its requests waited for their turn;
    `attempts` are all there ever were, since all of them cost something.
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
    throttled: CallThrottled | None = None
    throttled_ms: int = 0
    started_ms: int | None = None
    ended_ms: int | None = None

    @property
    def duration_ms(self) -> int | None:
        """Return how long the step took, where it has run and ended."""
        if self.started_ms is None or self.ended_ms is None:
            return None
        return self.ended_ms - self.started_ms


def start(step: StepView, fact: AttemptStarted, at_ms: int) -> None:
    step.status = StepStatus.RUNNING
    step.prompt = fact.prompt
    step.model = fact.model
    step.attempts.append(AttemptView(fact.attempt, fact.agent, fact.model, at_ms))
    if step.started_ms is None:
        step.started_ms = at_ms


def complete(step: StepView, fact: StepCompleted, at_ms: int) -> None:
    step.output = fact.output
    step.model = fact.model or step.model
    step.session_id = fact.session_id
    end_attempt(step, AttemptStatus.COMPLETED, at_ms, usage=fact.usage)
    end(step, StepStatus.COMPLETED, at_ms)


def reuse(step: StepView, fact: StepReused, at_ms: int) -> None:
    step.prompt, step.output, step.model = fact.prompt, fact.output, fact.model
    step.origin = fact.origin
    step.started_ms = at_ms
    end(step, StepStatus.COMPLETED, at_ms)


def fail_attempt(step: StepView, fact: AttemptFailed, at_ms: int) -> None:
    step.status = StepStatus.WAITING
    step.question = step.throttled = None
    end_attempt(step, AttemptStatus.FAILED, at_ms, usage=fact.usage, failure=fact.failure)


def skip(step: StepView, fact: StepSkipped, at_ms: int) -> None:
    step.skip_reason = fact.reason
    end(step, StepStatus.SKIPPED, at_ms)


def fail(step: StepView, fact: StepFailed, at_ms: int) -> None:
    step.failure = fact.failure
    end_attempt(step, AttemptStatus.FAILED, at_ms, failure=fact.failure)
    end(step, StepStatus.FAILED, at_ms)


def leave_out(step: StepView, fact: StepNotRun, at_ms: int) -> None:
    step.because = fact.because
    end(step, StepStatus.NOT_RUN, at_ms)


def cancel(step: StepView, at_ms: int) -> None:
    end_attempt(step, AttemptStatus.CANCELLED, at_ms)
    unanswered = step.question
    end(step, StepStatus.CANCELLED, at_ms)
    step.question = unanswered  # which may still be answered, before the run is resumed


def spend(step: StepView, usage: Usage) -> None:
    """Count what an attempt has consumed so far, which stands if it is lost; its end has the whole."""
    if step.attempts:
        attempt = step.attempts[-1]
        attempt.usage = (attempt.usage or NO_USAGE).plus(usage)


def ask(step: StepView, fact: QuestionAsked) -> None:
    step.status = StepStatus.WAITING
    step.question = fact


def take_answer(step: StepView, fact: QuestionAnswered) -> None:
    if step.question is not None and step.question.question_id == fact.question_id:
        step.question = None


def go_on(step: StepView) -> None:
    step.status = StepStatus.RUNNING
    step.question = None


def end_attempt(
    step: StepView,
    status: AttemptStatus,
    at_ms: int,
    *,
    usage: Usage | None = None,
    failure: Failure | None = None,
) -> None:
    """End the step's live attempt; a step that waits for its next one has none.

    One that ends without a word while its request waits for its turn has consumed nothing by that.
    """
    if step.attempts and step.attempts[-1].status is AttemptStatus.RUNNING:
        attempt = step.attempts[-1]
        attempt.status = status
        attempt.ended_ms = at_ms
        attempt.usage = usage or attempt.usage or (NO_USAGE if step.throttled is not None else None)
        attempt.failure = failure


def end(step: StepView, status: StepStatus, at_ms: int) -> None:
    step.status = status
    step.ended_ms = at_ms
    step.question = step.throttled = None


def throttle(step: StepView, fact: CallThrottled) -> None:
    step.status = StepStatus.WAITING
    step.throttled = fact


def admit(step: StepView, fact: CallAdmitted) -> None:
    step.status = StepStatus.RUNNING
    step.throttled = None
    step.throttled_ms += fact.waited_ms


def put_back(step: StepView) -> None:
    step.status = StepStatus.PENDING
    step.throttled, step.throttled_ms = None, 0
    step.output = step.failure = step.skip_reason = step.because = step.session_id = step.question = None
    step.origin = None
    step.started_ms = step.ended_ms = None
