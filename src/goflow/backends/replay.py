"""Answers as a recorded run was answered: no model is asked, no tool is used, no key is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from goflow.backends.base import Backend, Outcome, Ports, Refusal, Request, Success
from goflow.backends.replay_miss import absent, miss
from goflow.backends.replay_order import PATIENCE_S, MemoryOrder, OutOfOrder
from goflow.backends.replay_telling import untold
from goflow.events import (
    AnswerRefused,
    AttemptFact,
    AttemptFailed,
    CallAdmitted,
    CallThrottled,
    Failure,
    FailureKind,
    MemoryWritten,
    QuestionAsked,
    StepCompleted,
    StepFailed,
    StepReused,
    ToolCalled,
    ToolReturned,
    TurnTaken,
)
from goflow.scheduler.retry import LONGEST_BACKOFF_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from goflow.planning.plan import Plan
    from goflow.projections.recording import Key, RecordedAttempt, Recording


class ReplayBackend:
    """Finds for each request the recorded attempt with as many failures before it, and does the same."""

    def __init__(
        self, recording: Recording, plan: Plan, *, mask: Callable[[str], str], patience_s: float
    ) -> None:
        self._recording = recording
        self._plan = plan
        self._mask = mask
        has_prompts = plan.memory is not None and plan.memory.is_injected
        self._order = MemoryOrder(recording, has_prompts=has_prompts, patience_s=patience_s)

    async def run(self, request: Request, ports: Ports) -> Outcome:
        """Make the recorded attempt again; a request that differs is `rejected`, and says where."""
        recorded = self._recording.attempt(request.step, request.failed_attempts)
        if recorded is None:
            return _missed(absent(request, self._recording))
        key = recorded.key
        different = miss(request, recorded, self._plan, self._mask)
        if different:
            return await self._miss(key, different)
        await self._order.begin(key)
        try:
            return await self._tell(recorded, request, ports)
        except OutOfOrder as error:
            return await self._miss(key, f"step `{request.step}`: {error}")

    def versions(self) -> Mapping[str, str]:
        """Return which run is replayed."""
        return {"recording": self._recording.run_id}

    async def _miss(self, key: Key, message: str) -> Refusal:
        await self._order.lose(key)
        return _missed(message)

    async def _tell(self, recorded: RecordedAttempt, request: Request, ports: Ports) -> Outcome:
        called: list[ToolCalled] = []
        for fact in untold(recorded.facts, request.so_far):
            if isinstance(fact, MemoryWritten):
                await self._order.wait_to_write(recorded.key)
            await _repeat(fact, request, ports, called)
            if isinstance(fact, MemoryWritten):
                await self._order.note_written()
        if request.streaming and isinstance(recorded.end, StepCompleted | StepReused):
            ports.progress(recorded.end.output)
        await self._order.wait_to_end(recorded.entries_first)
        return self._ended(recorded, request)

    def _ended(self, recorded: RecordedAttempt, request: Request) -> Outcome:
        match recorded.end:
            case StepCompleted(output=output) as end:
                return Success(output=output, model=end.model, usage=end.usage, session_id=end.session_id)
            case StepReused(output=output) as end:
                return Success(output=output, model=end.model)
            case AttemptFailed(failure=failure) as end:
                self._order.expect((failure.retry_after_s or 0.0) + 2 * LONGEST_BACKOFF_S)
                return Refusal(failure=failure, usage=end.usage)
            case StepFailed(failure=failure):
                return Refusal(failure=failure)
            case None:
                return _missed(
                    f"step `{request.step}`: the recorded run was stopped before this attempt ended"
                )
            case _ as unreachable:
                assert_never(unreachable)


def _missed(message: str) -> Refusal:
    return Refusal(failure=Failure(kind=FailureKind.REJECTED, message=message))


async def _repeat(fact: AttemptFact, request: Request, ports: Ports, called: list[ToolCalled]) -> None:
    """Do the same; `called` are the calls that are under way."""
    match fact:
        case TurnTaken() | AnswerRefused():
            await ports.record(replace(fact, attempt=request.attempt))
        case ToolCalled():
            called.append(fact)
            await ports.record(replace(fact, attempt=request.attempt))
        case ToolReturned():
            called[:] = [call for call in called if call.call_id != fact.call_id]
            await ports.record(replace(fact, attempt=request.attempt))
        case MemoryWritten():
            await ports.write_memory(fact.text)
        case QuestionAsked():
            await _ask(fact, ports, called)
        case CallThrottled() | CallAdmitted():
            """Nothing is waited for."""
        case _ as unreachable:
            assert_never(unreachable)


async def _ask(fact: QuestionAsked, ports: Ports, called: list[ToolCalled]) -> None:
    """Ask what was asked, in the name of the call that is under way."""
    key = called[-1].call_id if called else ""
    if fact.is_approval:
        await ports.approve(fact.text, fact.choices, key=key)
    else:
        await ports.ask(fact.text, fact.choices, key=key)


@asynccontextmanager
async def open_replay(
    recording: Recording,
    plan: Plan,
    *,
    mask: Callable[[str], str] = lambda text: text,
    patience_s: float = PATIENCE_S,
) -> AsyncIterator[Backend]:
    """Open a replay; `plan` is that of the new run, and `mask` takes its secrets out of what is compared."""
    yield ReplayBackend(recording, plan, mask=mask, patience_s=patience_s)
