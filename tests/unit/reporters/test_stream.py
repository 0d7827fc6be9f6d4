"""Answers as they come."""

from __future__ import annotations

import asyncio

from goflow.events import Event, Fact, Progress, StepCancelled
from goflow.reporters.stream import StreamLines
from tests.unit.projections.runs import START_MS, attempt_fails, completes, fails, failure, starts


def shown(*news: Fact | Progress, closes: bool = True) -> list[str]:
    said: list[str] = []
    reporter = StreamLines(said.append)
    for item in news:
        if isinstance(item, Progress):
            reporter.on_progress(item)
        else:
            reporter.on_events([Event(1, START_MS, item)])
    if closes:
        asyncio.run(reporter.close())
    return "".join(said).splitlines()


def piece(text: str, step: str = "scan-auth") -> Progress:
    return Progress(step=step, attempt=1, text=text)


def test_a_line_is_shown_with_its_step_when_it_has_ended() -> None:
    assert shown(piece("fir"), piece("st\nsec"), closes=False) == ["scan-auth │ first"]
    assert shown(piece("fir"), piece("st\nsec"), closes=True) == ["scan-auth │ first", "scan-auth │ sec"]


def test_two_answers_never_share_a_line() -> None:
    assert shown(piece("a1 ", "a"), piece("b1 ", "b"), piece("a2\n", "a"), piece("b2\n", "b")) == [
        "a │ a1 a2",
        "b │ b1 b2",
    ]


def test_the_rest_of_an_answer_is_shown_when_it_ends() -> None:
    for end in (
        completes("scan-auth", "half a line"),
        attempt_fails("scan-auth", failure()),
        StepCancelled(step="scan-auth"),
        fails("scan-auth")[-1],
    ):
        assert shown(starts("scan-auth"), piece("half a line"), end, closes=False) == [
            "scan-auth │ half a line"
        ]


def test_a_line_that_grows_too_wide_is_broken_at_a_blank() -> None:
    words = "word " * 60

    assert [len(line) for line in shown(piece(words))] == [
        len("scan-auth │ ") + 119,
        len("scan-auth │ ") + 119,
        71,
    ]
    assert " ".join(line.removeprefix("scan-auth │ ") for line in shown(piece(words))) == words.strip()


def test_a_line_without_blanks_is_broken_where_it_is_too_wide() -> None:
    assert [len(line) for line in shown(piece("x" * 250), piece("\n"))] == [132, 132, 22]


def test_an_empty_line_has_its_step_and_no_blank_at_its_end() -> None:
    assert shown(piece("a\n\nb\n")) == ["scan-auth │ a", "scan-auth │", "scan-auth │ b"]


def test_escapes_are_taken_out() -> None:
    assert shown(piece("a\x1b[2"), piece("Jb\r\n")) == ["scan-auth │ ab"]


def test_an_answer_that_did_not_come_in_pieces_is_shown_when_it_is_there() -> None:
    assert shown(starts("scan-auth"), completes("scan-auth", "one\ntwo\n"), closes=False) == [
        "scan-auth │ one",
        "scan-auth │ two",
    ]
    assert shown(starts("scan-auth"), completes("scan-auth", ""), closes=False) == []


def test_an_attempt_after_one_that_streamed_may_answer_as_a_whole() -> None:
    assert shown(
        starts("scan-auth"),
        piece("half"),
        attempt_fails("scan-auth", failure()),
        starts("scan-auth", 2),
        completes("scan-auth", "whole", attempt=2),
    ) == ["scan-auth │ half", "scan-auth │ whole"]
