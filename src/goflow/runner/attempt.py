"""One attempt: the request it makes, the ports it is given, and the fact it ends with."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, assert_never

from goflow.backends.base import AttachedFile, Backend, Need, Outcome, Refusal, Request, Settle, Success
from goflow.backends.structured import Invalid, Valid, Validator
from goflow.events import (
    AnyAttemptFact,
    AttemptFailed,
    Fact,
    Failure,
    FailureKind,
    MemoryWritten,
    QuestionAsked,
    StepCompleted,
    ThrottleFact,
    TurnTaken,
)
from goflow.projections.memory import inject, shown_memory, system_with_memory
from goflow.templating import Scope
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from goflow.scheduler import RunState


class Desk(Protocol):
    """Where an attempt hands in facts and pieces of text, and learns of answers."""

    def submit(self, fact: Fact) -> None:
        """Hand in a fact; it counts when it is durable."""
        ...

    async def record(self, fact: Fact) -> None:
        """Hand in a fact, and return when it is durable and believed."""
        ...

    def mask(self, fact: AnyAttemptFact) -> AnyAttemptFact:
        """Return a fact as it will be kept."""
        ...

    def memory(self) -> str:
        """Return the shared memory as agents are shown it."""
        ...

    def show(self, step: str, attempt: int, text: str) -> None:
        """Hand in a piece of text."""
        ...

    def end_stream(self, step: str, attempt: int) -> None:
        """Say that no further piece comes."""
        ...

    def reserve(self, step: str, attempt: int, need: Need) -> AbstractAsyncContextManager[Settle]:
        """Wait until the budget allows a request, and hold what it may take until it has ended."""
        ...

    def answered(self, question_id: str) -> str | None:
        """Return the answer to a question that has one, also from before a resume."""
        ...

    async def wait_for_answer(self, step: str, question_id: str) -> str:
        """Return the answer when there is one and the attempt has a slot again."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """What is the same for all requests of a run."""

    run_id: str
    workspace: str
    attachments: Mapping[str, tuple[AttachedFile, ...]] = field(default_factory=dict)
    """The files attached to prompts, by step."""
    ranks: Mapping[str, int] = field(default_factory=dict)
    """Which step's request goes first where a model takes only so many, the lowest first."""
    has_tools: bool = True
    """Whether agents can be given tools; the `copilot` command has its own alone."""


def make_request(state: RunState, step: str, model: str | None, place: Workplace) -> Request:
    """Render a step's prompts with what is known now."""
    plan, planned, memory = state.plan, state.plan.steps[step], state.plan.memory
    stands = state.steps[step]
    scope = Scope(inputs=plan.inputs, outputs=state.outputs, bound=plan.bound)
    return Request(
        run_id=place.run_id,
        step=step,
        attempt=stands.attempt + 1,
        failed_attempts=stands.failed_attempts,
        has_fallback=stands.model_index + 1 < len(planned.models),
        rank=place.ranks.get(step, 0),
        has_budget=plan.budget is not None or planned.budget is not None,
        agent=planned.agent.name,
        system=system_with_memory(planned.agent.system.render(scope), memory if place.has_tools else None),
        prompt=_with_memory(planned.prompt.render(scope), state),
        model=model,
        tools=planned.agent.tools,
        interactive=planned.interactive,
        streaming=plan.streaming,
        workspace=place.workspace,
        extra_dirs=planned.extra_dirs,
        settings=planned.settings,
        permissions=planned.permissions,
        shares_memory=memory is not None,
        output_schema=planned.output_schema,
        attachments=place.attachments.get(step, ()),
        so_far=tuple(state.conversations.get(step, ())),
    )


def _with_memory(prompt: str, state: RunState) -> str:
    memory = state.plan.memory
    if memory is None or not memory.is_injected:
        return prompt
    return inject(shown_memory(memory.initial, state.memory), prompt)


async def attempt(request: Request, backend: Backend, desk: Desk, chance: Callable[[], float]) -> None:
    """Make one attempt and hand in how it ended; nothing escapes but cancellation."""
    ports = _AttemptPorts(request, desk)
    try:
        outcome = _checked(await backend.run(request, ports), request)
    except asyncio.CancelledError as error:
        if is_being_cancelled():
            raise
        outcome = Refusal(failure=_defect(error))
    except Exception as error:  # noqa: BLE001 - a backend's defect ends its step, never the run of all others
        outcome = Refusal(failure=_defect(error))
    finally:
        desk.end_stream(request.step, request.attempt)
    match outcome:
        case Success():
            desk.submit(
                StepCompleted(
                    step=request.step,
                    attempt=request.attempt,
                    output=outcome.output,
                    model=outcome.model,
                    usage=outcome.usage,
                    session_id=outcome.session_id,
                )
            )
        case Refusal():
            desk.submit(
                AttemptFailed(
                    step=request.step,
                    attempt=request.attempt,
                    failure=outcome.failure,
                    chance=chance(),
                    usage=outcome.usage,
                )
            )
        case _ as unreachable:
            assert_never(unreachable)


def _checked(outcome: Outcome, request: Request) -> Outcome:
    """Hold an answer against the step's schema, whoever gave it; what satisfies it is kept as plain JSON."""
    if request.output_schema is None or isinstance(outcome, Refusal):
        return outcome
    match Validator(request.output_schema).check(outcome.output):
        case Valid(text=text):
            return replace(outcome, output=text)
        case Invalid(complaint=complaint):
            message = f"the answer does not satisfy `output_schema`: {complaint}"
            failure = Failure(kind=FailureKind.INVALID_OUTPUT, message=message)
            return Refusal(failure=failure, usage=outcome.usage)


def is_being_cancelled() -> bool:
    """Whether somebody wants this task to end; a library's stray cancellation is nobody's wish."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _defect(error: BaseException) -> Failure:
    return Failure(kind=FailureKind.INTERNAL, message=f"internal error: {type(error).__name__}: {error}")


class _AttemptPorts:
    """The ports of one attempt."""

    def __init__(self, request: Request, desk: Desk) -> None:
        self._request = request
        self._desk = desk
        self._asked = 0
        self._turns = sum(isinstance(fact, TurnTaken) for fact in request.so_far) if request.so_far else 0

    @cached_property
    def _one_at_a_time(self) -> asyncio.Lock:
        return asyncio.Lock()

    def progress(self, text: str) -> None:
        self._desk.show(self._request.step, self._request.attempt, text)

    async def ask(self, question: str, choices: tuple[str, ...] = (), *, key: str = "") -> str:
        async with self._one_at_a_time:
            self._asked += 1
            called = self._key_in_turn(key) if key else str(self._asked)
            return await self._ask(question, choices, called)

    async def approve(self, question: str, choices: tuple[str, ...], *, key: str) -> str:
        async with self._one_at_a_time:
            return await self._ask(question, choices, f"approve\0{self._key_in_turn(key)}", is_approval=True)

    def approval(self, question: str, *, key: str) -> str:
        asked = self._question(question, (), f"approve\0{self._key_in_turn(key)}", is_approval=True)
        return self._desk.answered(asked.question_id) or ""

    def _key_in_turn(self, key: str) -> str:
        """Return a key of a call in its turn: models choose the ids of calls, and may use one again."""
        return f"{self._turns}\0{key}"

    async def record(self, fact: AnyAttemptFact) -> AnyAttemptFact:
        kept = self._desk.mask(fact)
        await self._desk.record(kept)
        if isinstance(fact, TurnTaken):
            self._turns += 1
        return kept

    def note(self, fact: ThrottleFact) -> None:
        self._desk.submit(fact)

    def reserve(self, need: Need) -> AbstractAsyncContextManager[Settle]:
        return self._desk.reserve(self._request.step, self._request.attempt, need)

    def read_memory(self) -> str:
        return self._desk.memory()

    async def write_memory(self, text: str) -> None:
        """Hand in an entry, and return at once.

        That the call has returned is then a fact of the same batch, of which a crash leaves all or nothing:
        an entry kept without it would be written again by the resumed attempt.
        """
        request = self._request
        entry = MemoryWritten(step=request.step, attempt=request.attempt, agent=request.agent, text=text)
        self._desk.submit(entry)

    async def _ask(
        self, question: str, choices: tuple[str, ...], key: str, *, is_approval: bool = False
    ) -> str:
        asked = self._question(question, choices, key, is_approval=is_approval)
        known = self._desk.answered(asked.question_id)
        if known is not None:
            return known
        self._desk.submit(asked)
        return await self._desk.wait_for_answer(asked.step, asked.question_id)

    def _question(self, text: str, choices: tuple[str, ...], key: str, *, is_approval: bool) -> QuestionAsked:
        """Return the question as it is kept, under the same id when a resumed step asks the same again.

        An answer given once is then enough. Its text without secrets is what a resumed step knows of it.
        """
        asked = self._desk.mask(
            QuestionAsked(
                step=self._request.step,
                attempt=self._request.attempt,
                question_id="",
                text=text,
                choices=choices,
                is_approval=is_approval,
            )
        )
        seed = f"{asked.step}\0{key}\0{asked.text}".encode("utf-8", "surrogatepass")
        return replace(asked, question_id=f"q-{hashlib.sha256(seed).hexdigest()[:10]}")
