"""What the events of a step change: its attempts, its questions, its end."""

from __future__ import annotations

from dataclasses import replace
from heapq import heappush
from typing import TYPE_CHECKING, assert_never

from goflow.events import (
    AttemptContinued,
    AttemptFailed,
    AttemptStarted,
    CallAdmitted,
    CallThrottled,
    ConversationFact,
    Failure,
    FailureKind,
    MemoryWritten,
    QuestionAnswered,
    QuestionAsked,
    StepCompleted,
    StepFailed,
    StepNotRun,
    StepReused,
    StepSkipped,
    TimerKind,
)
from goflow.scheduler.indexes import (
    doom_after,
    end,
    forget_question,
    leave,
    leave_ready,
    make_ready,
    move,
    set_deadline,
)
from goflow.scheduler.retry import GiveUp, NextModel, WaitForQuota, WaitThenRetry, next_move

if TYPE_CHECKING:
    from goflow.scheduler.state import RunState, StepState


def start(state: RunState, fact: AttemptStarted) -> None:
    step = move(state, fact.step, fact)
    leave_ready(state, fact.step, step)
    step.attempt = fact.attempt
    left_ms = state.plan.steps[fact.step].timeout_ms if step.left_ms is None else step.left_ms
    if left_ms is not None and step.deadline_ms is None:
        set_deadline(state, fact.step, left_ms)
    step.left_ms = None


def converse(state: RunState, fact: ConversationFact) -> None:
    move(state, fact.step, fact).quota_refusals = 0
    state.conversations.setdefault(fact.step, []).append(fact)


def remember(state: RunState, fact: MemoryWritten) -> None:
    move(state, fact.step, fact)
    state.memory.append(fact)


def ask(state: RunState, fact: QuestionAsked) -> None:
    step = move(state, fact.step, fact)
    step.is_asking = True
    state.questions[fact.step] = fact
    state.asked[fact.question_id] = fact.step
    _stop_the_clock(state, step)
    if fact.question_id in state.answers and state.stopping is None:
        make_ready(state, fact.step)  # the answer came while the question was on its way


def _stop_the_clock(state: RunState, step: StepState, back_ms: int = 0) -> None:
    """Let the step's time stand still, as it has for a moment: it is throttled, or waits for a person."""
    if step.deadline_ms is not None:
        step.left_ms, step.deadline_ms = step.deadline_ms - state.now_ms + back_ms, None


def answer(state: RunState, fact: QuestionAnswered) -> None:
    """Keep the first answer, also one to a question that will be asked again after a resume."""
    move(state, fact.step, fact)
    is_first = fact.question_id not in state.answers
    state.answers.setdefault(fact.question_id, fact.text)
    question = state.questions.get(fact.step)
    is_open = question is not None and question.question_id == fact.question_id
    if is_first and is_open and state.stopping is None:
        make_ready(state, fact.step)


def go_on(state: RunState, fact: AttemptContinued) -> None:
    step = move(state, fact.step, fact)
    leave_ready(state, fact.step, step)
    forget_question(state, fact.step, step)
    _start_the_clock_again(state, fact.step, step)


def throttle(state: RunState, fact: CallThrottled) -> None:
    step = move(state, fact.step, fact)
    state.throttled[fact.step] = None
    _stop_the_clock(state, step, fact.waited_ms)


def admit(state: RunState, fact: CallAdmitted) -> None:
    step = move(state, fact.step, fact)
    _start_the_clock_again(state, fact.step, step)


def _start_the_clock_again(state: RunState, name: str, step: StepState) -> None:
    if step.left_ms is not None:
        set_deadline(state, name, step.left_ms)
        step.left_ms = None


def fail_attempt(state: RunState, fact: AttemptFailed) -> None:
    planned, step = state.plan.steps[fact.step], move(state, fact.step, fact)
    forget_question(state, fact.step, step)
    state.throttled.pop(fact.step, None)
    step.failed_attempts += 1
    following = next_move(
        fact.failure,
        chance=fact.chance,
        retries_used=step.retries_used,
        retry_count=planned.retry_count,
        has_next_model=step.model_index + 1 < len(planned.models),
        quota_refusals=step.quota_refusals,
    )
    step.quota_refusals = step.quota_refusals + 1 if isinstance(following, WaitForQuota) else 0
    match following:
        case NextModel():
            step.moves = (*step.moves, _tried(planned.model_at(step.model_index), fact.failure))
            step.model_index += 1
            state.conversations.pop(fact.step, None)  # another model begins with its own words
            make_ready(state, fact.step)
        case WaitThenRetry():
            step.retries_used += 1
            if following.is_long or fact.failure.kind is FailureKind.RATE_LIMITED:
                _stop_the_clock(state, step)
            _wait(state, fact.step, following)
        case WaitForQuota():
            _stop_the_clock(state, step)
            _wait(state, fact.step, following)
        case GiveUp():
            state.failing[fact.step] = _last_word(step, planned.model_at(step.model_index), fact.failure)
        case _ as unreachable:
            assert_never(unreachable)


def _wait(state: RunState, name: str, move: WaitThenRetry | WaitForQuota) -> None:
    """Have the step asked again when its time has come; what is long is not worth to stay up for."""
    due_ms = state.steps[name].retry_at_ms = state.now_ms + move.wait_ms
    heappush(state.timers, (due_ms, TimerKind.RETRY, name))
    if move.is_long:
        state.parked[name] = due_ms


def _tried(model: str | None, failure: Failure) -> str:
    return f"{model or 'the default model'}: {failure.message}"


def _last_word(step: StepState, model: str | None, failure: Failure) -> Failure:
    """Return the step's failure: of several models that were all unavailable, each is named."""
    if not step.moves or failure.kind is not FailureKind.MODEL_UNAVAILABLE:
        return failure
    tried = "; ".join((*step.moves, _tried(model, failure)))
    return replace(failure, message=f"all models unavailable: {tried}")


def complete(state: RunState, fact: StepCompleted) -> None:
    state.outputs[fact.step] = fact.output
    end(state, fact.step, fact)


def reuse(state: RunState, fact: StepReused) -> None:
    state.outputs[fact.step] = fact.output
    state.memory += fact.entries()
    end(state, fact.step, fact)


def fail_step(state: RunState, fact: StepFailed) -> None:
    state.failures[fact.step] = fact.failure
    if state.plan.steps[fact.step].is_fatal:
        leave(state, fact.step, fact)
        state.unfinished -= 1
        doom_after(state, fact.step)
    else:
        end(state, fact.step, fact)


def skip(state: RunState, fact: StepSkipped) -> None:
    state.unmet_reasons.pop(fact.step, None)
    end(state, fact.step, fact)


def drop(state: RunState, fact: StepNotRun) -> None:
    leave(state, fact.step, fact)
    state.doomed.pop(fact.step, None)
    state.unfinished -= 1
