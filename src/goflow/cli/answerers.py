"""Who answers the questions of a run: a file, then stdin, then the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from goflow.cli.choices import choose
from goflow.reporters.sanitize import sanitize

if TYPE_CHECKING:
    from goflow.cli.line_reader import LineReader
    from goflow.events import QuestionAsked
    from goflow.loader.answer_file import GivenAnswers
    from goflow.problems import Problem
    from goflow.runner.people import Answerer
    from goflow.workflow import Workflow


class FirstOf:
    """Asks one after the other until somebody answers."""

    def __init__(self, answerers: Sequence[Answerer]) -> None:
        self._answerers = answerers

    @property
    def has_person(self) -> bool:
        """Whether there is somebody who sees what is asked."""
        return any(isinstance(answerer, Terminal) for answerer in self._answerers)

    def strays(self, workflow: Workflow) -> tuple[Problem, ...]:
        """Return warnings of written answers that no step of the workflow will ask for."""
        written = (answerer for answerer in self._answerers if isinstance(answerer, Written))
        return tuple(problem for each in written for problem in each.strays(workflow))

    async def answer(self, question: QuestionAsked) -> tuple[str, str] | None:
        """Return the first answer."""
        for answerer in self._answerers:
            found = await answerer.answer(question)
            if found is not None:
                return found
        return None


class Written:
    """Answers from a file: for the question's text, for the step, or simply the next one."""

    def __init__(self, answers: GivenAnswers, origin: str) -> None:
        self._given = answers
        self._origin = origin
        self._in_order = list(answers.in_order)
        self._by_name = {name: list(texts) for name, texts in answers.by_name.items()}

    def strays(self, workflow: Workflow) -> Iterator[Problem]:
        """Yield warnings of answers whose step the workflow does not have."""
        from goflow.loader.answer_file import stray_answers

        return stray_answers(self._given, workflow)

    async def answer(self, question: QuestionAsked) -> tuple[str, str] | None:
        """Return an answer that has not been used yet; nothing written beforehand allows a tool call."""
        if question.is_approval:
            return None
        for left in (
            self._by_name.get(question.text.strip()),
            self._by_name.get(question.step),
            self._in_order,
        ):
            if left:
                return choose(left.pop(0), question.choices), self._origin
        return None


class Piped:
    """Takes each line of stdin as an answer."""

    def __init__(self, lines: LineReader) -> None:
        self._lines = lines

    async def answer(self, question: QuestionAsked) -> tuple[str, str] | None:
        """Return the next line, unless a tool call is to be allowed: that takes somebody who sees it."""
        if question.is_approval:
            return None
        line = await self._lines.next_line()
        return None if line is None else (choose(line, question.choices), "stdin")


class Terminal:
    """Asks the person at the terminal."""

    def __init__(self, lines: LineReader, say: Callable[[str], None]) -> None:
        self._lines = lines
        self._say = say

    async def answer(self, question: QuestionAsked) -> tuple[str, str] | None:
        """Show the question and return the first line that is not blank."""
        self._say(show_question(question))
        try:
            line = await self._typed(question)
        except BaseException:
            self._lines.forget()
            self._say("\n")
            raise
        if line is None:
            self._say("\n")
            return None
        return choose(line, question.choices), "terminal"

    async def _typed(self, question: QuestionAsked) -> str | None:
        while True:
            self._say(_prompt(question))
            line = await self._lines.next_line()
            if line is None or line.strip():
                return line


def show_question(question: QuestionAsked) -> str:
    lines = [
        f"? {question.step} asks",
        *(f"  {line}" for line in sanitize(question.text).strip().splitlines()),
    ]
    for number, choice in enumerate(question.choices, start=1):
        lines.append(f"  {number}. {' '.join(sanitize(choice).split())}")
    return "".join(f"{line}\n" for line in lines)


def _prompt(question: QuestionAsked) -> str:
    if question.is_approval:
        return "  a number (ctrl-d: no): "
    wanted = "a number, or your own words" if question.choices else "your answer"
    return f"  {wanted} (ctrl-d: no answer): "
