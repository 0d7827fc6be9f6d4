"""A run that is only timed: the scheduler itself, under a clock that jumps and limits that are given."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final, Protocol

from goflow.events import AttemptStarted, Event, RunClaimed, RunCreated, RunStatus, StepCompleted
from goflow.scheduler import apply, decide, new_state
from goflow.scheduler.commands import StartAttempt, fact_of
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from goflow.events import Fact
    from goflow.planning.plan import Plan
    from goflow.scheduler import RunState
    from goflow.scheduler.commands import Command

_CREATED: Final = RunCreated(
    run_id="r-1", workflow_name="w", workflow_path="/w.yaml", workspace="/", goflow_version="0"
)


class Gate(Protocol):
    """What bounds the calls of a model."""

    def enter(self, now_ms: float, tokens: float) -> float | None:
        """Return when a call of so many tokens may go; None if another has to end first."""

    def leave(self) -> None:
        """Take in that a call has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a step takes in one course of a run: its time at work, in so many calls one after the other."""

    duration_ms: float
    calls: int = 1
    tokens: float = 0.0
    gate: str = ""
    """The name of what bounds its calls; the empty one bounds nothing."""


def playable(plan: Plan) -> Plan:
    """Return a plan whose steps all run, however long they take: what is left out takes no time."""
    steps = {
        name: replace(step, condition=None, timeout_ms=None, budget=None) for name, step in plan.steps.items()
    }
    return replace(plan, steps=steps, timeout_ms=None, budget=None)


def play(
    plan: Plan,
    works: Mapping[str, Work],
    *,
    estimates: Mapping[str, int],
    gates: Mapping[str, Gate],
) -> float:
    """Return how long a run of a `playable` plan takes, in milliseconds.

    A step without work is left out. `estimates` are what the run goes by, as a real one does.
    """
    return _Course(plan, works, gates).play(estimates)


@dataclass(slots=True, kw_only=True)
class _Calls:
    """The calls of a step that are left."""

    work: Work
    left: int


class _Course:
    """One course of a run. `due` holds what happens next: when, in which order, and what."""

    def __init__(self, plan: Plan, works: Mapping[str, Work], gates: Mapping[str, Gate]) -> None:
        self._state: RunState = new_state(plan)
        self._works = works
        self._gates = gates
        self._now = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = 0
        self._lines: dict[str, deque[tuple[str, _Calls]]] = {}

    def play(self, estimates: Mapping[str, int]) -> float:
        self._happen(_CREATED)
        self._happen(RunClaimed(epoch=1, owner="", estimates=estimates))
        while self._state.status is RunStatus.RUNNING:
            commands = decide(self._state)
            for command in commands:
                self._carry_out(command)
            if not commands:
                self._now, _, happen = heappop(self._due)
                happen()
        return self._now

    def _carry_out(self, command: Command) -> None:
        if not isinstance(command, StartAttempt):
            self._happen(fact_of(command))
            return
        step = command.step
        self._happen(AttemptStarted(step=step, attempt=1, agent="", model=None, prompt=""))
        work = self._works.get(step)
        if work is None:
            self._end(step)
        elif work.gate in self._gates:
            self._call(step, _Calls(work=work, left=max(1, work.calls)))
        else:
            self._later(self._now + work.duration_ms, lambda: self._end(step))

    def _call(self, step: str, calls: _Calls) -> None:
        work = calls.work
        count = max(1, work.calls)
        at_ms = self._gates[work.gate].enter(self._now, work.tokens / count)
        if at_ms is None:
            self._lines.setdefault(work.gate, deque()).append((step, calls))
            return
        self._later(at_ms + work.duration_ms / count, lambda: self._return(step, calls))

    def _return(self, step: str, calls: _Calls) -> None:
        gate = calls.work.gate
        self._gates[gate].leave()
        calls.left -= 1
        line = self._lines.get(gate)
        if line:
            self._call(*line.popleft())
        if calls.left:
            self._call(step, calls)
        else:
            self._end(step)

    def _end(self, step: str) -> None:
        self._happen(StepCompleted(step=step, attempt=1, output=""))

    def _later(self, at_ms: float, happen: Callable[[], None]) -> None:
        self._order += 1
        heappush(self._due, (at_ms, self._order, happen))

    def _happen(self, fact: Fact) -> None:
        apply(self._state, Event(self._state.seq + 1, round(self._now), fact))
