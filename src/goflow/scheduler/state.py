"""The state of a run: what the events so far amount to, with the few indexes that make deciding cheap.

`RunState` is changed by `goflow.scheduler.apply` alone. `decide` reads only the indexes, so its cost
follows what changed and not how many steps there are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop
from typing import TYPE_CHECKING, TypeAlias, assert_never

from goflow.events import ConversationFact, MemoryWritten, QuestionAsked, RunStatus, StopReason, TimerKind
from goflow.scheduler.status import StepStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goflow.events import Failure
    from goflow.planning.plan import Plan
    from goflow.scheduler.ready import Entry

Timer: TypeAlias = tuple[int, TimerKind, str]
"""When it is due in milliseconds, what for, and the step (empty for the run)."""


@dataclass(slots=True)
class StepState:
    """One step's share of the state.

    `unmet` counts the needs that have not ended, `quota_refusals` the attempts in a row that found a quota
    used up. `deadline_ms` is when the step's time is over; while it waits for a person the clock stands
    still, and `left_ms` holds what is left. `entry` is its place among the ready steps, if it is one of them.
    """

    status: StepStatus = StepStatus.PENDING
    attempt: int = 0
    failed_attempts: int = 0
    model_index: int = 0
    retries_used: int = 0
    quota_refusals: int = 0
    unmet: int = 0
    moves: tuple[str, ...] = ()
    entry: Entry | None = None
    is_asking: bool = False
    retry_at_ms: int | None = None
    deadline_ms: int | None = None
    left_ms: int | None = None


@dataclass(slots=True)
class Stopping:
    """A run that starts nothing more.

    Why, until when its running steps may end (None: as long as they take).
    """

    reason: StopReason
    deadline_ms: int | None
    is_over: bool


@dataclass(slots=True)
class RunState:
    """Everything `decide` needs to know.

    Indexes: `ready` (a heap of steps that may start or continue), `running` and `waiting` (live steps),
    `throttled` (those of them that keep a slot while a request waits for its turn), `parked` (those that wait
    for a provider for long, and until when),
    `unmet_reasons` (conditions that do not hold), `failing` (steps with no attempt left), `doomed` (steps
    after a fatal failure, with its step), `timers` (a heap; stale entries are dropped when they come up).
    """

    plan: Plan
    steps: dict[str, StepState]
    seq: int = 0
    now_ms: int = 0
    epoch: int = 0
    run_id: str = ""
    status: RunStatus = RunStatus.RUNNING
    reason: StopReason | None = None
    stopping: Stopping | None = None
    run_deadline_ms: int | None = None
    budget_deadline_ms: int | None = None
    worked_ms: int = 0
    """How long earlier owners worked on the run, and the present one up to its claim."""
    claimed_ms: int | None = None
    outputs: dict[str, str] = field(default_factory=dict)
    failures: dict[str, Failure] = field(default_factory=dict)
    questions: dict[str, QuestionAsked] = field(default_factory=dict)
    """The open question of each step that waits for a person."""
    asked: dict[str, str] = field(default_factory=dict)
    """The step that asked each question so far, by question id."""
    answers: dict[str, str] = field(default_factory=dict)
    """Every answer given so far, by question id."""
    conversations: dict[str, list[ConversationFact]] = field(default_factory=dict)
    """What each step's model has said and been told since it was last asked from the beginning."""
    memory: list[MemoryWritten] = field(default_factory=list)
    """The entries of the shared memory, in order."""
    places: Mapping[str, int] = field(default_factory=dict)
    """Which of the ready steps goes first where slots are few; empty where the file's order does."""
    unfinished: int = 0
    ready: list[Entry] = field(default_factory=list)
    running: dict[str, None] = field(default_factory=dict)
    waiting: dict[str, None] = field(default_factory=dict)
    throttled: dict[str, None] = field(default_factory=dict)
    parked: dict[str, int] = field(default_factory=dict)
    unmet_reasons: dict[str, str] = field(default_factory=dict)
    failing: dict[str, Failure] = field(default_factory=dict)
    doomed: dict[str, str] = field(default_factory=dict)
    timers: list[Timer] = field(default_factory=list)

    def is_current(self, step: str, attempt: int) -> bool:
        """Whether this attempt is the step's live one; the word of any other no longer counts."""
        found = self.steps[step]
        return found.attempt == attempt and found.status.is_live

    def next_due_ms(self) -> int | None:
        """Return when the next timer is due."""
        while self.timers and not _is_valid(self, self.timers[0]):
            heappop(self.timers)
        return self.timers[0][0] if self.timers else None

    def take_due(self, now_ms: int) -> list[Timer]:
        """Take out the timers whose time has come, in the order they fall due.

        Each must then be made an event.
        """
        due: list[Timer] = []
        while (next_ms := self.next_due_ms()) is not None and next_ms <= now_ms:
            due.append(heappop(self.timers))
        return due


def new_state(plan: Plan) -> RunState:
    """Return the state of a run of which nothing is known yet."""
    return RunState(plan=plan, steps={step: StepState() for step in plan.steps}, unfinished=len(plan.steps))


def _is_valid(state: RunState, timer: Timer) -> bool:
    due_ms, kind, step = timer
    match kind:
        case TimerKind.RETRY:
            return state.steps[step].retry_at_ms == due_ms
        case TimerKind.STEP_TIMEOUT:
            return state.steps[step].deadline_ms == due_ms
        case TimerKind.RUN_TIMEOUT:
            is_over = state.stopping is not None and state.stopping.is_over
            return state.run_deadline_ms == due_ms and not is_over
        case TimerKind.TIME_BUDGET:
            return state.budget_deadline_ms == due_ms and state.stopping is None
        case TimerKind.DRAIN:
            return state.stopping is not None and state.stopping.deadline_ms == due_ms
        case _ as unreachable:
            assert_never(unreachable)
