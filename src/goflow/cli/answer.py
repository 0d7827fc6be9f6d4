"""`goflow answer`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from goflow.cli.choices import choose
from goflow.cli.flags import Argument, Flag, Section, pick
from goflow.cli.options import AUDIT_DIR, RUN
from goflow.cli.streams import is_terminal, say, write_data
from goflow.cli.verb import Verb
from goflow.errors import UsageError
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.events import QuestionAsked

ORIGIN: Final = "goflow answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which question is answered, and how."""

    run: str | None
    text: str | None
    step: str | None
    question: str | None
    audit_dir: str | None


def answer(values: Mapping[str, Any]) -> int:
    """List a run's open questions, or leave an answer to one for the run's owner."""
    from goflow.cli.looking import find_folder, name_of_run, view_run
    from goflow.journal.commands import AnswerQuestion
    from goflow.journal.inbox import leave
    from goflow.journal.lock import is_owned
    from goflow.reporters.sanitize import sanitize_line

    wanted = pick(Wanted, values)
    folder = find_folder(wanted.run, wanted.audit_dir, "goflow answer RUN [TEXT]")
    view = view_run(folder)
    name = name_of_run(folder, view.run_id)
    questions = [question for question in view.questions if _is_meant(question, wanted)]
    if wanted.text is None:
        _list(questions, view.run_id)
        return 0
    question = _only(questions, name)
    text = choose(wanted.text, question.choices)
    command = AnswerQuestion(run_id=view.run_id, question_id=question.question_id, text=text, by=ORIGIN)
    leave(folder, command)
    say(f"answered {sanitize_line(question.step)}: {sanitize_line(text)}\n")
    if not is_owned(folder):
        say(f"the run has stopped, and takes the answer when it goes on\nnext: goflow resume {name}\n")
    return 0


def _is_meant(question: QuestionAsked, wanted: Wanted) -> bool:
    return wanted.step in (None, question.step) and wanted.question in (None, question.question_id)


def _only(questions: Sequence[QuestionAsked], run: str) -> QuestionAsked:
    match questions:
        case [question]:
            return question
        case []:
            raise UsageError("the run has no such open question", help=f"`goflow answer {run}` lists them")
        case _:
            steps = ", ".join(f"`{question.step}`" for question in questions)
            raise UsageError(f"several steps ask: {steps}", help="`--step ID` names one")


def _list(questions: Sequence[QuestionAsked], run_id: str) -> None:
    if not questions:
        say(f"run {run_id} has no open question\n")
    write_data("".join(map(_paragraph if is_terminal() else _fields, questions)))


def _fields(question: QuestionAsked) -> str:
    from goflow.reporters.sanitize import sanitize_line

    fields = (question.question_id, question.step, question.text, *question.choices)
    return "\t".join(map(sanitize_line, fields)) + "\n"


def _paragraph(question: QuestionAsked) -> str:
    from goflow.cli.answerers import show_question
    from goflow.reporters.sanitize import sanitize

    return sanitize(f"{question.question_id}\n{show_question(question)}")


VERB: Final = Verb(
    "answer",
    answer,
    about="Answer a question of a run, from anywhere; without TEXT, list the questions that are open.\n\n"
    "A run that goes on takes the answer at once. One that has stopped takes it when it is resumed.",
    arguments=[
        RUN,
        Argument(name="TEXT", help="The answer; a number is the choice with that number."),
    ],
    sections=[
        Section(
            title="Which question",
            flags=(
                Flag(names=("--step",), value="ID", help="The question of this step."),
                Flag(names=("--question",), value="ID", help="The question with this id."),
                AUDIT_DIR,
            ),
        )
    ],
)
