from __future__ import annotations

import asyncio
import os
import pty

from goflow.cli.answerers import FirstOf, Piped, Terminal, Written
from goflow.cli.line_reader import LineReader
from goflow.events import QuestionAsked
from goflow.loader.answer_file import GivenAnswers
from goflow.workflow import AgentStep, Workflow


def question(text: str = "Go on?", *, step: str = "deploy", choices: tuple[str, ...] = ()) -> QuestionAsked:
    return QuestionAsked(step=step, attempt=1, question_id="q-1", text=text, choices=choices)


def piped(text: bytes) -> Piped:
    reading, writing = os.pipe()
    os.write(writing, text)
    os.close(writing)
    return Piped(LineReader(reading))


def test_a_file_answers_by_question_then_by_step_then_in_order() -> None:
    written = Written(
        GivenAnswers(in_order=("next",), by_name={"Go on?": ("by text",), "deploy": ("by step", "again")}),
        "a.yaml",
    )

    async def ask() -> list[tuple[str, str] | None]:
        return [await written.answer(question()) for _ in range(5)]

    texts = ["by text", "by step", "again", "next"]
    assert asyncio.run(ask()) == [*((text, "a.yaml") for text in texts), None]


def test_a_number_is_the_choice_it_names_and_any_other_text_itself() -> None:
    async def ask() -> list[tuple[str, str] | None]:
        lines = piped(f"2\n 01 \n0\n3\n²\n{'9' * 5000}\n".encode())
        return [await lines.answer(question(choices=("yes", "no"))) for _ in range(6)]

    answers = asyncio.run(ask())

    assert [answer and answer[0] for answer in answers] == ["no", "yes", "0", "3", "²", "9" * 5000]
    assert answers[0] == ("no", "stdin")


def test_who_has_no_answer_leaves_the_question_to_the_next() -> None:
    async def ask() -> list[tuple[str, str] | None]:
        chain = FirstOf([Written(GivenAnswers(in_order=("first",)), "a.yaml"), piped(b"second\n")])
        return [await chain.answer(question()) for _ in range(3)]

    assert asyncio.run(ask()) == [("first", "a.yaml"), ("second", "stdin"), None]


def test_a_terminal_shows_the_question_without_its_escapes_and_asks_again_after_a_blank_line() -> None:
    main, terminal = pty.openpty()
    said: list[str] = []

    async def ask() -> tuple[str, str] | None:
        os.write(main, b" \n2\n")
        asked = question("Which\x1b[2J one?\nSay it.", choices=("a\nb", "c"))
        return await Terminal(LineReader(terminal), said.append).answer(asked)

    try:
        assert asyncio.run(ask()) == ("c", "terminal")
    finally:
        os.close(main)
        os.close(terminal)
    prompt = "  a number, or your own words (ctrl-d: no answer): "
    assert "".join(said) == f"? deploy asks\n  Which one?\n  Say it.\n  1. a b\n  2. c\n{prompt}{prompt}"


def test_what_was_typed_for_a_question_that_is_withdrawn_does_not_answer_the_next() -> None:
    main, terminal = pty.openpty()
    said: list[str] = []

    async def ask() -> tuple[str, str] | None:
        person = Terminal(LineReader(terminal), said.append)
        waiting = asyncio.create_task(person.answer(question()))
        await asyncio.sleep(0)
        os.write(main, b"half")
        waiting.cancel()
        await asyncio.wait([waiting])
        os.write(main, b"whole\n")
        return await person.answer(question("And now?"))

    try:
        assert asyncio.run(ask()) == ("whole", "terminal")
    finally:
        os.close(main)
        os.close(terminal)


def test_the_end_of_the_input_is_no_answer() -> None:
    main, terminal = pty.openpty()

    async def ask() -> tuple[str, str] | None:
        os.write(main, b"\x04")
        return await Terminal(LineReader(terminal), lambda _: None).answer(question())

    try:
        assert asyncio.run(ask()) is None
    finally:
        os.close(main)
        os.close(terminal)


def test_an_answer_for_a_step_that_is_not_there_is_a_warning_and_one_for_a_question_is_none() -> None:
    workflow = Workflow(name="w", steps=(AgentStep(id="ask", prompt="x"),))
    by_name = {"aks": ("1",), "ask": ("2",), "Which way?": ("3",)}
    chain = FirstOf([piped(b""), Written(GivenAnswers(by_name=by_name), "a.yaml")])

    assert [(each.code, each.severity, each.message, each.help) for each in chain.strays(workflow)] == [
        (
            "GF131",
            "warning",
            "answers are given for `aks`, which is no step of the workflow",
            "did you mean `ask`?",
        )
    ]
