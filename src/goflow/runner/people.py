"""Questions to people: one at a time, first answer wins, other steps go on meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

from goflow.events import Fact, QuestionAnswered, QuestionAsked, StopReason, StopRequested


class Answerer(Protocol):
    """Somebody who may answer: a terminal, a file of answers."""

    async def answer(self, question: QuestionAsked) -> tuple[str, str] | None:
        """Return an answer and where it came from, or None where none can come any more.

        Cancelled when the question has been answered elsewhere; what was half typed is then lost.
        """
        ...


class Counter:
    """Serves the open questions in the order they were asked."""

    def __init__(self, answerer: Answerer, submit: Callable[[Fact], None]) -> None:
        self._answerer = answerer
        self._submit = submit
        self._queue: asyncio.Queue[QuestionAsked] = asyncio.Queue()
        self._open: dict[str, QuestionAsked] = {}
        self._prompt: tuple[str, asyncio.Task[tuple[str, str] | None]] | None = None

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
        if self._prompt is not None and self._prompt[0] == step:
            self._prompt[1].cancel()

    async def serve(self) -> None:
        """Answer questions until cancelled."""
        while True:
            question = await self._queue.get()
            if self._open.get(question.step) is question:
                await self._serve(question)

    async def _serve(self, question: QuestionAsked) -> None:
        prompt = asyncio.ensure_future(self._answerer.answer(question))
        self._prompt = (question.step, prompt)
        try:
            await asyncio.wait({prompt})
        finally:
            self._prompt = None
            prompt.cancel()
        if prompt.cancelled() or self._open.get(question.step) is not question:
            return
        self._submit(_verdict(question, prompt.result()))


def _verdict(question: QuestionAsked, answer: tuple[str, str] | None) -> Fact:
    if answer is None and question.is_approval:
        answer = ("", "nobody")
    if answer is None:
        return StopRequested(reason=StopReason.UNANSWERED, grace_s=None)
    text, by = answer
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
    """Answers nothing: the first question stops the run, resumably."""

    async def answer(self, question: QuestionAsked) -> tuple[str, str] | None:
        """Say that no answer can come."""
        return None
