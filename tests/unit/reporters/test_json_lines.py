"""Every event as a line."""

from __future__ import annotations

import asyncio

from goflow.errors import GoflowError
from goflow.events import Progress
from goflow.journal.codec import Decoder
from goflow.reporters.json_lines import JsonLines
from tests.unit.projections.runs import events_of, runs


def test_each_event_is_the_line_that_the_journal_has_for_it() -> None:
    events, said = events_of(*runs("a", "ä\u2028\n")), list[str]()
    reporter = JsonLines("r-1", said.append)
    reporter.on_events(events)
    reporter.on_progress(Progress(step="a", attempt=1, text="text"))
    asyncio.run(reporter.close())

    assert len(said) == 1
    assert said[0].isascii()
    assert said[0].endswith("}\n")
    assert [Decoder().decode(line) for line in said[0].splitlines()] == [("r-1", event) for event in events]
    assert reporter.error is None


def test_a_reader_that_cannot_be_written_to_is_remembered_and_left_alone() -> None:
    calls = 0

    def refuse(text: str) -> None:
        nonlocal calls
        calls += 1
        raise GoflowError("cannot write to stdout: no space left on device")

    reporter = JsonLines("r-1", refuse)
    reporter.on_events(events_of())
    reporter.on_events(events_of())

    assert reporter.error is not None
    assert calls == 1
