"""Questions to people: one at a time, first answer wins, other steps go on meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from goflow.events import Fact, QuestionAnswered, QuestionAsked
from goflow.tools.waiting import wait_out

_Prompt: TypeAlias = "asyncio.Task[QuestionAnswered | None]"


class Answerer(Protocol):
    """Somebody who may answer: a terminal, a file of answers."""

    async def answer(self, question: QuestionAsked) -> tuple[str, str] | None:
        """Return an answer and where it came from, or None where none can come any more.

        Cancelled when the question has been answered elsewhere; what was half typed is then lost. What it
        raises counts as no answer.
        """
        ...


class Counter:
    """Serves the open questions in the order they were asked.

    `unanswered` are the steps whose questions nobody here can answer; somebody elsewhere still may. `give_up`
    is called when there is one more.
    """

    def __init__(
        self,
        answerer: Answerer,
        submit: Callable[[Fact], None],
        *,
        give_up: Callable[[], None],
        warn: Callable[[str], None],
    ) -> None:
        self.unanswered: set[str] = set()
        self._answerer = answerer
        self._submit = submit
        self._give_up = give_up
        self._warn = warn
        self._queue: asyncio.Queue[QuestionAsked] = asyncio.Queue()
        self._open: dict[str, QuestionAsked] = {}
        self._prompt: tuple[str, _Prompt] | None = None

    def put(self, question: QuestionAsked) -> None:
        """Take a question that has just become an event."""
        self._open[question.step] = question
        self._queue.put_nowait(question)

    def withdraw(self, step: str, question_id: str | None = None) -> None:
        """Forget a step's question, or this one alone: it is answered, or its attempt has ended."""
        question = self._open.get(step)
        if question is None or question_id not in (None, question.question_id):
            return
        del self._open[step]
        self.unanswered.discard(step)
        if self._prompt is not None and self._prompt[0] == step:
            _take_back(self._prompt[1])

    async def serve(self) -> None:
        """Answer questions until cancelled."""
        while True:
            question = await self._queue.get()
            if self._open.get(question.step) is question:
                await self._serve(question)

    async def _serve(self, question: QuestionAsked) -> None:
        prompt = asyncio.create_task(self._ask(question))
        self._prompt = (question.step, prompt)
        try:
            await wait_out(prompt, lambda: _take_back(prompt))
        finally:
            self._prompt = None
        if self._open.get(question.step) is question:
            self._conclude(question, None if prompt.cancelled() else prompt.result())

    def _conclude(self, question: QuestionAsked, answer: QuestionAnswered | None) -> None:
        """Hand in the answer; without one, a tool call is refused, and a real question stays open."""
        if answer is None and question.is_approval:
            answer = _answered(question, "", "nobody")
        if answer is not None:
            self._submit(answer)
        else:
            self.unanswered.add(question.step)
            self._give_up()

    async def _ask(self, question: QuestionAsked) -> QuestionAnswered | None:
        try:
            answer = _checked(await self._answerer.answer(question))
        except Exception as error:  # noqa: BLE001 - a defect of who answers is no answer, not the end of all
            defect = f"{type(error).__name__}: {error}"
            self._warn(f"the answerer failed at the question of `{question.step}`: {defect}")
            return None
        return None if answer is None else _answered(question, *answer)


def _take_back(prompt: _Prompt) -> None:
    """Cancel a prompt that nobody has cancelled yet: a second time would cut off what it tidies up."""
    if not prompt.cancelling():
        prompt.cancel()


def _checked(given: object) -> tuple[str, str] | None:
    """Return what an answerer has given; it is the caller's own, and may keep to no types."""
    match given:
        case None:
            return None
        case (str(text), str(by)):
            return text, by
        case _:
            raise TypeError(f"it gave a `{type(given).__name__}`, not a text and who gave it, or None")


def _answered(question: QuestionAsked, text: str, by: str) -> QuestionAnswered:
    return QuestionAnswered(step=question.step, question_id=question.question_id, text=text, by=by)


class Replies:
    """Attempts that wait for an answer, and a slot to go on in."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[str, asyncio.Future[str]]] = {}

    async def wait(self, step: str, question_id: str) -> str:
        """Return the answer when it is given."""
        reply: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[step] = (question_id, reply)
        try:
            return await reply
        finally:
            del self._waiting[step]

    def give(self, step: str, answers: Mapping[str, str]) -> None:
        """Let a step's attempt go on with the answer to its question."""
        question_id, reply = self._waiting[step]
        if not reply.done():
            reply.set_result(answers[question_id])


class Nobody:
    """Answers nothing: a question stops the run, resumably, once nothing else goes on."""

    async def answer(self, question: QuestionAsked) -> tuple[str, str] | None:
        """Say that no answer can come."""
        return None
