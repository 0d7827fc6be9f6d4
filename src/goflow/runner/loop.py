"""The shell around the scheduler: decide, append, tell, apply, act.

A crash between any two of these is covered: an attempt counts as running once its event is durable, and a
resumed run puts it back to pending. All events that come together share one append.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, TypeAlias, assert_never

from goflow.backends.base import Backend, Need, Request, Settle
from goflow.errors import GoflowError
from goflow.events import (
    AnswerRefused,
    AnyAttemptFact,
    AttemptFailed,
    AttemptStarted,
    CallAdmitted,
    CallThrottled,
    Fact,
    MemoryWritten,
    QuestionAnswered,
    QuestionAsked,
    RunStatus,
    StepCompleted,
    StepReused,
    StopReason,
    StopRequested,
    TimerFired,
    ToolCalled,
    ToolReturned,
    TurnTaken,
)
from goflow.projections.memory import shown_memory
from goflow.runner.attempt import Workplace, attempt, make_request
from goflow.runner.people import Answerer, Counter, Replies
from goflow.runner.purse import Purse
from goflow.runner.reuse import Reuse, reused
from goflow.runner.till import Till
from goflow.scheduler import RunState, StepStatus, decide
from goflow.scheduler.commands import (
    CancelStep,
    Command,
    ContinueAttempt,
    DropStep,
    FailStep,
    FinishRun,
    SkipStep,
    StartAttempt,
    fact_of,
)
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.runner.clock import Clock
    from goflow.runner.publish import Publisher


Receipt: TypeAlias = Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a run's loop is given besides the state: everything that is not pure."""

    publisher: Publisher
    backend: Backend
    clock: Clock
    chance: Callable[[], float]
    answerer: Answerer
    place: Workplace
    warn: Callable[[str], None]
    """Told what goes wrong on the side and stops nothing."""
    purse: Purse | None = None
    """What may still be spent."""
    reuse: Reuse | None = None
    """Where results are taken from before anybody is asked."""


class RunLoop:
    """Drives one run of one owner to its end."""

    def __init__(self, state: RunState, given: Surroundings) -> None:
        self._state = state
        self._given = given
        self._incoming: list[tuple[Fact, Receipt | None]] = []
        self._news = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._requests: dict[str, Request] = {}
        self._replies = Replies()
        self._counter = Counter(given.answerer, self.submit, give_up=self._news.set, warn=given.warn)
        self._till = Till(given.purse, state, self.submit, given.clock.now_ms)

    def submit(self, fact: Fact, receipt: Receipt | None = None) -> None:
        """Take a fact from an attempt, a signal or another process; it counts when it is durable.

        `receipt` is called then, also where the fact came too late to count.
        """
        self._incoming.append((fact, receipt))
        self._news.set()

    async def record(self, fact: Fact) -> None:
        """Take a fact, and return when it is durable and believed."""
        kept = asyncio.Event()
        self.submit(fact, kept.set)
        await kept.wait()

    def mask(self, fact: AnyAttemptFact) -> AnyAttemptFact:
        """Return a fact as it will be kept."""
        return self._given.publisher.mask(fact)

    def memory(self) -> str:
        """Return the shared memory as agents are shown it."""
        planned = self._state.plan.memory
        return "" if planned is None else shown_memory(planned.initial, self._state.memory)

    def show(self, step: str, attempt: int, text: str) -> None:
        """Pass on a piece of an answer."""
        if self._state.is_current(step, attempt):
            self._given.publisher.show(step, attempt, text)

    def end_stream(self, step: str, attempt: int) -> None:
        """Pass on the end of an attempt's pieces."""
        self._given.publisher.end_stream(step, attempt)

    def reserve(self, step: str, attempt: int, need: Need) -> AbstractAsyncContextManager[Settle]:
        """Wait until the budget allows a request, and hold what it may take until it has ended."""
        return self._till.reserve(step, attempt, need)

    def answered(self, question_id: str) -> str | None:
        """Return an answer given earlier."""
        return self._state.answers.get(question_id)

    def asker_of(self, question_id: str) -> str | None:
        """Return the step that has asked this, before a resume or since."""
        return self._state.asked.get(question_id)

    async def wait_for_answer(self, step: str, question_id: str) -> str:
        """Wait until the step's question is answered and the step has a slot again."""
        return await self._replies.wait(step, question_id)

    async def drive(self, opening: Sequence[Fact]) -> None:
        """Publish the owner's first events, then go on until the run has ended.

        An error of the journal ends everything at once and is raised as it is.
        """
        failed: GoflowError | None = None
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(self._counter.serve())
            try:
                await self._given.publisher.publish(opening)
                await self._turns(group)
            except GoflowError as error:
                failed = error
            finally:
                serving.cancel()
                for task in self._tasks.values():
                    task.cancel()
        if failed is not None:
            raise failed

    async def _turns(self, group: asyncio.TaskGroup) -> None:
        await self._given.publisher.publish(self._due())  # a budget's time may be over before anything starts
        while self._state.status is RunStatus.RUNNING:
            commands = decide(self._state)
            if commands:
                await self._carry_out(commands, group)
            elif self._waits_in_vain():
                self.submit(StopRequested(reason=StopReason.UNANSWERED, grace_s=None))
            else:
                await self._given.clock.wait(self._news, self._state.next_due_ms())
            await self._take_in()

    def _waits_in_vain(self) -> bool:
        """Whether nothing goes on, and what is left waits for answers that nobody can give.

        A quota that is long in coming is no reason to stay up.
        """
        state, unanswered = self._state, len(self._counter.unanswered)
        return bool(unanswered) and not state.running and len(state.waiting) == unanswered + len(state.parked)

    async def _take_in(self) -> None:
        """Publish what has come since, without what no longer counts."""
        self._news.clear()
        incoming, self._incoming = self._incoming, []
        news = self._sift([fact for fact, _ in incoming])
        news.extend(self._due())
        await self._given.publisher.publish(news)
        for fact in news:
            self._follow(fact)
        for _, receipt in incoming:
            if receipt is not None:
                receipt()

    def _due(self) -> list[Fact]:
        due = self._state.take_due(self._given.clock.now_ms())
        return [TimerFired(timer=kind, step=step) for _, kind, step in due]

    def _sift(self, facts: Sequence[Fact]) -> list[Fact]:
        """Leave out what no longer counts, also because of what stands before it in the same batch."""
        news: list[Fact] = []
        ended: set[str] = set()
        answered: set[str] = set()
        for fact in facts:
            match fact:
                case StepCompleted():
                    ended.add(fact.step)
                case QuestionAnswered() if fact.step in ended or fact.question_id in answered:
                    continue
                case QuestionAnswered():
                    answered.add(fact.question_id)
                case _:
                    """Nothing else can make another fact void."""
            if self._counts(fact):
                news.append(fact)
        return news

    def _counts(self, fact: Fact) -> bool:
        match fact:
            case (
                StepCompleted()
                | AttemptFailed()
                | QuestionAsked()
                | CallThrottled()
                | CallAdmitted()
                | TurnTaken()
                | ToolCalled()
                | ToolReturned()
                | AnswerRefused()
                | MemoryWritten()
            ):
                return self._state.is_current(fact.step, fact.attempt)
            case QuestionAnswered():
                return fact.question_id not in self._state.answers and not self._has_ended(fact.step)
            case _:
                return self._state.status is RunStatus.RUNNING

    def _has_ended(self, step: str) -> bool:
        status = self._state.steps[step].status
        return status.has_ended or status is StepStatus.CANCELLED

    def _follow(self, fact: Fact) -> None:
        match fact:
            case StepCompleted() | AttemptFailed():
                self._tasks.pop(fact.step, None)
                self._counter.withdraw(fact.step)
            case QuestionAsked() if self.answered(fact.question_id) is None:
                self._counter.put(fact)
            case QuestionAnswered():
                self._counter.withdraw(fact.step, fact.question_id)
            case _:
                """Only the state changes."""

    async def _carry_out(self, commands: Sequence[Command], group: asyncio.TaskGroup) -> None:
        facts = [self._fact(command) for command in commands]
        await self._given.publisher.publish(facts)
        for command, fact in zip(commands, facts, strict=True):
            if not isinstance(fact, StepReused):
                self._act(command, group)

    def _fact(self, command: Command) -> Fact:
        return self._started(command) if isinstance(command, StartAttempt) else fact_of(command)

    def _started(self, command: StartAttempt) -> AttemptStarted | StepReused:
        request = make_request(self._state, command.step, command.model, self._given.place)
        started = AttemptStarted(
            step=request.step,
            attempt=request.attempt,
            agent=request.agent,
            model=request.model,
            prompt=request.prompt,
        )
        if self._given.reuse is not None:
            known = self._given.publisher.masked(started)
            taken = reused(self._state, known, self._given.reuse)
            if taken is not None:
                return taken
        self._requests[command.step] = request
        return started

    def _act(self, command: Command, group: asyncio.TaskGroup) -> None:
        match command:
            case StartAttempt():
                request = self._requests.pop(command.step)
                work = attempt(request, self._given.backend, self, self._given.chance)
                self._tasks[command.step] = group.create_task(work)
            case ContinueAttempt():
                self._replies.give(command.step, self._state.answers)
            case FailStep() | CancelStep():
                self._abandon(command.step)
            case SkipStep() | DropStep() | FinishRun():
                """Only the state changes."""
            case _ as unreachable:
                assert_never(unreachable)

    def _abandon(self, step: str) -> None:
        """Stop the attempt of a step that has been failed or cancelled, if it has one."""
        self._counter.withdraw(step)
        task = self._tasks.pop(step, None)
        if task is not None:
            task.cancel()
