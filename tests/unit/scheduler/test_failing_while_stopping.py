"""A step whose fate is settled is failed, not cancelled, when the run stops in the same moment."""

from __future__ import annotations

import pytest

from goflow.events import (
    AttemptFailed,
    AttemptStarted,
    Event,
    Fact,
    Failure,
    FailureKind,
    RunClaimed,
    StopReason,
    StopRequested,
    TimerFired,
    TimerKind,
)
from goflow.scheduler import apply, decide, new_state
from goflow.scheduler.commands import FailStep
from goflow.workflow import AgentStep
from tests.properties.worlds import plan_of

NO = Failure(kind=FailureKind.REJECTED, message="no")


@pytest.mark.parametrize(
    "settled",
    [
        TimerFired(timer=TimerKind.STEP_TIMEOUT, step="a"),
        AttemptFailed(step="a", attempt=1, failure=NO, chance=0.5),
    ],
    ids=["while it runs", "while it waits"],
)
def test_it_is_failed_and_not_cancelled(settled: Fact) -> None:
    state = new_state(plan_of(AgentStep(id="a", prompt="", timeout_s=1)))
    started = AttemptStarted(step="a", attempt=1, agent="x", model=None, prompt="")
    stop = StopRequested(reason=StopReason.SIGINT, grace_s=0.0)
    for seq, fact in enumerate((RunClaimed(epoch=1, owner="me"), started, settled, stop), start=1):
        apply(state, Event(seq, seq, fact))

    (command,) = decide(state)

    assert isinstance(command, FailStep)
