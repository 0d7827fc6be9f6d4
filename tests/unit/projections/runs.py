"""Runs by hand: a plan, and facts at moments one second apart."""

from __future__ import annotations

from goflow.events import (
    AttemptFailed,
    AttemptStarted,
    Event,
    Fact,
    Failure,
    FailureKind,
    RunClaimed,
    RunCreated,
    StepCompleted,
    StepFailed,
    StepNotRun,
    StepSkipped,
    Usage,
)
from goflow.planning.plan import Plan
from goflow.projections import RunView
from goflow.workflow import AgentStep

CREATED = RunCreated(
    run_id="r-1", workflow_name="w", workflow_path="/w.yaml", workspace="/", goflow_version="0"
)
CLAIMED = RunClaimed(epoch=1, owner="me")
START_MS = 1_800_000_000_000


def step(name: str, *needs: str, **fields: object) -> AgentStep:
    """Make a step that quotes all it needs."""
    prompt = " ".join((name, *(f"{{{{steps.{need}.output}}}}" for need in needs)))
    return AgentStep(id=name, **{"prompt": prompt, "depends_on": needs, **fields})  # type: ignore[arg-type]


def events_of(*facts: Fact) -> list[Event]:
    """Number the facts, one a second, after those that begin a run."""
    return [
        Event(seq, START_MS + 1000 * (seq - 1), fact)
        for seq, fact in enumerate((CREATED, CLAIMED, *facts), start=1)
    ]


def view_of(*facts: Fact, plan: Plan | None = None) -> RunView:
    """Fold a run that begins as all runs do."""
    view = RunView(plan.steps if plan else ())
    for event in events_of(*facts):
        view.see(event)
    return view


def starts(name: str, attempt: int = 1, *, model: str | None = None, prompt: str = "do it") -> AttemptStarted:
    return AttemptStarted(step=name, attempt=attempt, agent="agent", model=model, prompt=prompt)


def completes(
    name: str, output: str = "done", *, attempt: int = 1, usage: Usage | None = None
) -> StepCompleted:
    return StepCompleted(step=name, attempt=attempt, output=output, usage=usage or Usage())


def failure(message: str = "no", kind: FailureKind = FailureKind.REJECTED) -> Failure:
    return Failure(kind=kind, message=message)


def attempt_fails(name: str, why: Failure, *, attempt: int = 1, usage: Usage | None = None) -> AttemptFailed:
    return AttemptFailed(step=name, attempt=attempt, failure=why, chance=0.5, usage=usage or Usage())


def fails(name: str, message: str = "no", kind: FailureKind = FailureKind.REJECTED) -> tuple[Fact, ...]:
    """Start a step and fail it for good."""
    why = failure(message, kind)
    return starts(name), attempt_fails(name, why), StepFailed(step=name, failure=why)


def runs(name: str, output: str = "done") -> tuple[Fact, ...]:
    """Start a step and complete it."""
    return starts(name), completes(name, output)


def skipped(name: str, reason: str = "condition not met") -> StepSkipped:
    return StepSkipped(step=name, reason=reason)


def not_run(name: str, because: str) -> StepNotRun:
    return StepNotRun(step=name, because=because)
