"""Drive the pure machine by hand, in any order that hypothesis chooses, and keep every event."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from goflow.events import (
    AnswerRefused,
    AttemptFailed,
    AttemptStarted,
    CallAdmitted,
    CallThrottled,
    Event,
    Fact,
    Failure,
    MemoryWritten,
    RunClaimed,
    RunCreated,
    RunFinished,
    StepCompleted,
    StepFailed,
    StepNotRun,
    StepSkipped,
    TimerFired,
    ToolCalled,
    ToolReturned,
    TurnTaken,
)
from goflow.planning.plan import Plan
from goflow.scheduler import RunState, apply, decide, new_state, replay
from goflow.scheduler.commands import Command, StartAttempt, fact_of
from tests.properties.worlds import World

CREATED = RunCreated(
    run_id="r-1", workflow_name="w", workflow_path="/w.yaml", workspace="/", goflow_version="0"
)

STEP_ENDS = (StepCompleted, StepFailed, StepSkipped, StepNotRun)

Choose = Callable[[int], int]
"""Return a number below the given one."""


@dataclass
class Driver:
    """A run without I/O: events so far, the state, and the attempts under way."""

    world: World
    events: list[Event] = field(default_factory=list)
    now_ms: int = 1000

    def __post_init__(self) -> None:
        self.state: RunState = new_state(self.world.plan)

    def claim(self, estimates: Mapping[str, int] | None = None) -> None:
        if not self.events:
            self.happen(CREATED)
        known = self.world.estimates if estimates is None else estimates
        self.happen(RunClaimed(epoch=self.state.epoch + 1, owner="me", estimates=known))

    def happen(self, fact: Fact) -> None:
        event = Event(self.state.seq + 1, max(self.now_ms, self.state.now_ms), fact)
        self.events.append(event)
        apply(self.state, event)

    def obey(self) -> Sequence[Command]:
        """Carry out one decision."""
        commands = decide(self.state)
        for command in commands:
            self.happen(started_or_fact_of(command))
        return commands

    def finish(self, choose: Choose) -> None:
        """Go on until the run has ended; attempts end in the order that `choose` says."""
        while not isinstance(self.events[-1].fact, RunFinished):
            if not self.obey():
                self.end_something(choose)

    def end_something(self, choose: Choose) -> None:
        live = list(self.state.running)
        picked = choose(len(live) + 1) if live else 0
        if picked < len(live):
            if choose(4) == 0:
                self.talk(live[picked], choose)
            self.end_attempt(live[picked])
        elif (due_ms := self.state.next_due_ms()) is not None:
            self.now_ms = due_ms
            for _, kind, step in self.state.take_due(due_ms):
                self.happen(TimerFired(timer=kind, step=step))
        elif live:
            self.end_attempt(live[0])
        else:
            raise AssertionError("nothing runs, nothing is due, and the run has not ended")

    def talk(self, step: str, choose: Choose) -> None:
        """Let an attempt take a turn: a model calls a tool, is answered, or is asked to mend its answer."""
        said = {"step": step, "attempt": self.state.steps[step].attempt}
        call = {"call_id": "c", "tool": "t"}
        if choose(2):
            self.happen(CallThrottled(**said, limit="m", reason="too many"))  # type: ignore[arg-type]
            self.happen(CallAdmitted(**said, waited_ms=5))  # type: ignore[arg-type]
        facts: list[Fact] = [
            TurnTaken(**said, message="[]"),  # type: ignore[arg-type]
            ToolCalled(**said, **call, arguments="{}"),  # type: ignore[arg-type]
            MemoryWritten(**said, agent="a", text="found"),  # type: ignore[arg-type]
            ToolReturned(**said, **call, result="r"),  # type: ignore[arg-type]
            AnswerRefused(**said, message="[]", complaint="no"),  # type: ignore[arg-type]
        ]
        for fact in facts[: 1 + choose(len(facts))]:
            self.happen(fact)

    def end_attempt(self, step: str) -> None:
        attempt = self.state.steps[step].attempt
        ending = self.world.ending(step, attempt)
        if isinstance(ending, Failure):
            self.happen(AttemptFailed(step=step, attempt=attempt, failure=ending, chance=0.5))
        else:
            self.happen(StepCompleted(step=step, attempt=attempt, output=ending))


def started_or_fact_of(command: Command) -> Fact:
    if isinstance(command, StartAttempt):
        return AttemptStarted(
            step=command.step, attempt=command.attempt, agent="a", model=command.model, prompt=""
        )
    return fact_of(command)


def picture(state: RunState) -> tuple[object, ...]:
    """Return all of a state that matters, in a form that compares; stale timers do not matter."""
    due = state.next_due_ms()
    valid = sorted(timer for timer in state.timers if due is not None and timer[0] >= due)
    return (
        {name: repr(step) for name, step in state.steps.items()},
        sorted(state.ready),
        set(state.running),
        set(state.waiting),
        state.outputs,
        state.failures,
        state.doomed,
        state.failing,
        state.unmet_reasons,
        state.questions,
        state.answers,
        state.conversations,
        state.memory,
        state.unfinished,
        state.status,
        repr(state.stopping),
        valid[:1],
    )


def replayed(plan: Plan, events: Sequence[Event]) -> RunState:
    return replay(plan, events)


def ended_at_most_once(events: Sequence[Event]) -> bool:
    """Whether each step ends once at most, and none starts after its end."""
    ended: set[str] = set()
    for event in events:
        if isinstance(event.fact, (AttemptStarted, *STEP_ENDS)) and event.fact.step in ended:
            return False
        if isinstance(event.fact, STEP_ENDS):
            ended.add(event.fact.step)
    return True
