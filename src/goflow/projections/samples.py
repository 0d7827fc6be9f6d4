"""What each step of a run took, as a fold over its events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from goflow.events import (
    AnswerRefused,
    AttemptContinued,
    AttemptFailed,
    AttemptStarted,
    CallAdmitted,
    CallThrottled,
    Event,
    Fact,
    QuestionAsked,
    RunClaimed,
    RunReopened,
    StepCancelled,
    StepCompleted,
    StepFailed,
    TurnTaken,
)
from goflow.projections.sample import RunSamples, Sample
from goflow.projections.samples_work import Work
from goflow.projections.step_shape import shapes_of
from goflow.scheduler.status import StepStatus

if TYPE_CHECKING:
    from goflow.planning.plan import Plan

__all__ = ["RunSamples", "Sample", "samples_of"]

_See: TypeAlias = Callable[[Any, int], None]
"""Takes a fact of its own class, and when it happened."""


def samples_of(plan: Plan, events: Iterable[Event]) -> tuple[Sample, ...]:
    """Return a sample for each end of a step that was attempted, in the order of the ends.

    A step whose result was taken from elsewhere gives none; one that a resumed run does again gives another.
    """
    fold = _Fold(plan)
    sees = fold.sees()
    for event in events:
        see = sees.get(type(event.fact))
        if see is not None:
            see(event.fact, event.at_ms)
        fold.now_ms = event.at_ms
    return tuple(fold.samples)


class _Fold:
    """Keeps what each step has taken so far; a table of methods costs half of a `match` a fact."""

    def __init__(self, plan: Plan) -> None:
        self.samples: list[Sample] = []
        self.now_ms = 0
        self._shapes = shapes_of(plan)
        self._works: dict[str, Work] = {}

    def sees(self) -> Mapping[type[Fact], _See]:
        """Return what takes in which facts; the others say nothing of what a step took."""
        return {
            AttemptStarted: self._start,
            StepCompleted: self._complete,
            StepFailed: self._fail,
            AttemptFailed: self._fail_attempt,
            StepCancelled: self._cancel,
            TurnTaken: self._take_turn,
            AnswerRefused: self._refuse,
            QuestionAsked: self._ask,
            AttemptContinued: self._go_on,
            CallThrottled: self._throttle,
            CallAdmitted: self._admit,
            RunClaimed: self._claim,
            RunReopened: self._reopen,
        }

    def _start(self, fact: AttemptStarted, at_ms: int) -> None:
        if fact.step in self._shapes:
            work = self._works.get(fact.step)
            if work is None:
                work = self._works[fact.step] = Work()
            work.since_ms, work.model, work.prompt_chars = at_ms, fact.model, len(fact.prompt)

    def _complete(self, fact: StepCompleted, at_ms: int) -> None:
        work = self._works.pop(fact.step, None)
        if work is not None:
            work.end_attempt(at_ms, fact.usage)
            work.model = fact.model or work.model
            self._sample(fact.step, work, StepStatus.COMPLETED)

    def _fail(self, fact: StepFailed, at_ms: int) -> None:
        work = self._works.pop(fact.step, None)
        if work is not None:
            work.end_attempt(at_ms, work.of_attempt)
            self._sample(fact.step, work, StepStatus.FAILED)

    def _fail_attempt(self, fact: AttemptFailed, at_ms: int) -> None:
        work = self._work(fact)
        work.end_attempt(at_ms, fact.usage)
        work.failed_attempts += 1

    def _cancel(self, fact: StepCancelled, at_ms: int) -> None:
        work = self._work(fact)
        work.end_attempt(at_ms, work.of_attempt)

    def _take_turn(self, fact: TurnTaken, _: int) -> None:
        work = self._work(fact)
        work.of_attempt = work.of_attempt.plus(fact.usage)

    def _refuse(self, fact: AnswerRefused, _: int) -> None:
        work = self._work(fact)
        work.of_attempt = work.of_attempt.plus(fact.usage)
        work.repairs += 1

    def _ask(self, fact: QuestionAsked, at_ms: int) -> None:
        self._work(fact).pause(at_ms)

    def _go_on(self, fact: AttemptContinued, at_ms: int) -> None:
        self._work(fact).since_ms = at_ms

    def _throttle(self, fact: CallThrottled, at_ms: int) -> None:
        self._work(fact).throttle(at_ms - fact.waited_ms)

    def _admit(self, fact: CallAdmitted, at_ms: int) -> None:
        self._work(fact).admit(at_ms)

    def _claim(self, _: RunClaimed, _at_ms: int) -> None:
        """Close the attempts of an owner that was lost when it was last heard of."""
        for work in self._works.values():
            work.end_attempt(self.now_ms, work.of_attempt)

    def _reopen(self, fact: RunReopened, _: int) -> None:
        for step in fact.again:
            self._works.pop(step, None)

    def _work(self, fact: Any) -> Work:  # noqa: ANN401 - any fact of a step
        """Return what the step has taken; for one that the plan does not have, what nobody looks at."""
        return self._works.get(fact.step) or Work()

    def _sample(self, step: str, work: Work, status: StepStatus) -> None:
        usage = work.usage
        self.samples.append(
            Sample(
                step=step,
                shape=self._shapes[step],
                status=status,
                model=work.model,
                duration_ms=work.duration_ms,
                requests=usage.requests,
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens,
                cost_usd=usage.cost_usd,
                failed_attempts=work.failed_attempts,
                repairs=work.repairs,
                throttled_ms=work.throttled_ms,
                prompt_chars=work.prompt_chars,
            )
        )
