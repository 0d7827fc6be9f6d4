"""The scheduler itself under a clock that jumps: how long a run takes whose steps take known times."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

from benchmarks.dags import name_of
from goflow.events import AttemptStarted, Event, Fact, RunClaimed, RunCreated, RunStatus, StepCompleted
from goflow.planning.compile import compile_plan
from goflow.planning.options import RunOptions
from goflow.scheduler import RunState, apply, decide, new_state
from goflow.scheduler.commands import StartAttempt, fact_of
from goflow.scheduler.indexes import make_ready
from goflow.workflow import AgentStep, Bundle, Config, Workflow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.dags import Needs
    from goflow.planning.plan import Plan
    from goflow.scheduler.commands import Command

_CREATED = RunCreated(
    run_id="r-1", workflow_name="w", workflow_path="/w.yaml", workspace="/", goflow_version="0"
)


class Arrivals(dict[str, int]):
    """Places in the order in which the steps become ready: first come, first served."""

    def __bool__(self) -> bool:
        """Say that there is an order, also before the first has come."""
        return True

    def __missing__(self, step: str) -> int:
        """Give the next place."""
        self[step] = len(self)
        return self[step]


def plan_of(needs: Needs, slots: int) -> Plan:
    """Make a plan of steps `s0`, `s1`, ... that run in so many slots."""
    steps = tuple(
        AgentStep(id=name_of(number), prompt="", depends_on=tuple(map(name_of, required)))
        for number, required in enumerate(needs)
    )
    workflow = Workflow(name="w", steps=steps, config=Config(max_concurrency=slots))
    bundle = Bundle(workflow=workflow, path="/w.yaml", shown_path="w.yaml", agents={})
    return compile_plan(bundle, inputs={}, options=RunOptions())


def makespan_ms(
    plan: Plan,
    durations: Mapping[str, int],
    estimates: Mapping[str, int],
    places: dict[str, int] | None = None,
) -> int:
    """Run the plan to its end; `places`, where given, stands in for the scheduler's own order."""
    state = new_state(plan)
    _happen(state, 0, [_CREATED, RunClaimed(epoch=1, owner="me", estimates=estimates)])
    if places is not None:
        _put_in_line(state, places)
    ends: list[tuple[int, int, str]] = []
    now_ms = 0
    while state.status is RunStatus.RUNNING:
        commands = decide(state)
        _happen(state, now_ms, map(_fact, commands))
        for command in commands:
            if isinstance(command, StartAttempt):
                heappush(ends, (now_ms + durations[command.step], state.seq, command.step))
        if not commands:
            now_ms, _, step = heappop(ends)
            _happen(state, now_ms, [StepCompleted(step=step, attempt=1, output="")])
    return now_ms


def _put_in_line(state: RunState, places: dict[str, int]) -> None:
    state.places = places
    waiting = sorted((state.plan.steps[step].index, step) for _, _, step in state.ready)
    state.ready.clear()
    for _, step in waiting:
        make_ready(state, step)


def _happen(state: RunState, now_ms: int, facts: Sequence[Fact] | map[Fact]) -> None:
    for fact in facts:
        apply(state, Event(state.seq + 1, now_ms, fact))


def _fact(command: Command) -> Fact:
    if isinstance(command, StartAttempt):
        return AttemptStarted(step=command.step, attempt=1, agent="a", model=None, prompt="")
    return fact_of(command)
