"""What a model has said and been told: kept for the next attempt, forgotten when it would mislead."""

from __future__ import annotations

import pytest

from goflow.events import (
    AnswerRefused,
    AttemptFailed,
    AttemptStarted,
    Event,
    Fact,
    Failure,
    FailureKind,
    MemoryWritten,
    RunClaimed,
    RunReopened,
    StepCancelled,
    StepCompleted,
    StepFailed,
    StopReason,
    StopRequested,
    ToolCalled,
    ToolReturned,
    TurnTaken,
)
from goflow.scheduler import RunState, apply, new_state
from goflow.scheduler.indexes import IllegalTransition
from goflow.workflow import AgentStep
from tests.properties.worlds import plan_of

BUSY = Failure(kind=FailureKind.OVERLOADED, message="busy")
GONE = Failure(kind=FailureKind.MODEL_UNAVAILABLE, message="gone")
STARTED = AttemptStarted(step="a", attempt=1, agent="x", model=None, prompt="")
TURN = TurnTaken(step="a", attempt=1, message="[]")
CALLED = ToolCalled(step="a", attempt=1, call_id="c", tool="view", arguments="{}")
RETURNED = ToolReturned(step="a", attempt=1, call_id="c", tool="view", result="text")
REFUSED = AnswerRefused(step="a", attempt=1, message="[]", complaint="no")
TALK = (STARTED, TURN, CALLED, RETURNED, REFUSED)


def state_after(*facts: Fact, retry_count: int = 1) -> RunState:
    state = new_state(plan_of(AgentStep(id="a", prompt="", retry_count=retry_count, model="m")))
    for seq, fact in enumerate((RunClaimed(epoch=1, owner="me"), *facts), start=1):
        apply(state, Event(seq, 1000 * seq, fact))
    return state


def test_a_conversation_holds_what_the_model_said_and_was_told() -> None:
    assert state_after(*TALK).conversations == {"a": [TURN, RETURNED, REFUSED]}


@pytest.mark.parametrize(
    "interruption",
    [
        (RunClaimed(epoch=2, owner="other"),),
        (
            StopRequested(reason=StopReason.SIGINT, grace_s=0.0),
            StepCancelled(step="a"),
            RunClaimed(epoch=2, owner="other"),
        ),
        (AttemptFailed(step="a", attempt=1, failure=BUSY, chance=0.5),),
    ],
    ids=["killed", "cancelled", "overloaded"],
)
def test_the_next_attempt_of_the_same_model_goes_on_with_it(interruption: tuple[Fact, ...]) -> None:
    assert state_after(*TALK, *interruption).conversations == {"a": [TURN, RETURNED, REFUSED]}


@pytest.mark.parametrize(
    "end",
    [
        (AttemptFailed(step="a", attempt=1, failure=GONE, chance=0.5),),
        (StepFailed(step="a", failure=BUSY),),
        (StepFailed(step="a", failure=BUSY), RunReopened(again=("a",))),
        (StepCompleted(step="a", attempt=1, output="x"),),
    ],
    ids=["the next model", "failed", "tried again", "completed"],
)
def test_who_begins_anew_does_not_have_it(end: tuple[Fact, ...]) -> None:
    assert state_after(*TALK, *end).conversations == {}


def test_the_memory_outlives_the_attempts_that_wrote_it() -> None:
    entry = MemoryWritten(step="a", attempt=1, agent="x", text="found")
    failed = (AttemptFailed(step="a", attempt=1, failure=BUSY, chance=0.5),)

    assert state_after(STARTED, entry, *failed, RunClaimed(epoch=2, owner="other")).memory == [entry]


@pytest.mark.parametrize("fact", [TURN, CALLED, RETURNED, REFUSED])
def test_a_step_that_does_not_run_says_nothing(fact: Fact) -> None:
    with pytest.raises(IllegalTransition):
        state_after(fact)
