"""When a run tells that it is owned, and that it is durable."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import goflow
from goflow.api import Prepared, execute, prepare, prepare_resume
from goflow.api.detaching import telling
from goflow.errors import RunLocked
from goflow.events import RunClaimed, RunCreated
from goflow.journal.lock import hold, is_owned
from goflow.journal.reader import read_events
from goflow.testing import ScriptedBackend

STEPS = "name: one\nsteps: [{id: a, prompt: b}]\n"


class Story:
    """What was told, in order, with what was in the journal then."""

    def __init__(self) -> None:
        self.told: list[tuple[str, list[type]]] = []
        self.folders: set[Path] = set()

    def owned(self, folder: Path) -> None:
        assert is_owned(folder)
        self._note("owned", folder)

    def durable(self, folder: Path) -> None:
        self._note("durable", folder)

    def _note(self, what: str, folder: Path) -> None:
        self.folders.add(folder)
        self.told.append((what, [type(event.fact) for event in read_events(folder)]))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[ScriptedBackend]:
        self.told.append(("opened", []))
        yield ScriptedBackend()


@pytest.fixture
def prepared() -> Prepared:
    Path("one.yaml").write_text(STEPS, encoding="utf-8")
    host = goflow.this_host(audit_dir=Path("runs"), backend=Story().open())
    return prepare("one.yaml", {}, options=goflow.RunOptions(), host=host)


def play(prepared: Prepared, story: Story) -> Story:
    answering = replace(prepared.answering, open=lambda _: story.open())
    told = telling(replace(prepared, answering=answering), owned=story.owned, durable=story.durable)
    asyncio.run(execute(told))
    return story


def cut_off(folder: Path) -> None:
    """Leave what a run has that was killed before its first step."""
    journal = folder / "events.jsonl"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:2]))


def test_a_new_run_is_owned_then_opened_then_durable(prepared: Prepared) -> None:
    story = play(prepared, Story())

    assert story.told == [("owned", []), ("opened", []), ("durable", [RunCreated, RunClaimed])]
    assert story.folders == set(Path.cwd().joinpath("runs").iterdir())


def test_a_resumed_run_tells_of_its_own_claim(prepared: Prepared) -> None:
    [folder] = play(prepared, Story()).folders
    cut_off(folder)

    story = play(prepare_resume("@last", host=prepared.host), Story())

    opening = [RunCreated, RunClaimed]
    assert story.told == [("owned", opening), ("opened", []), ("durable", [*opening, RunClaimed])]
    assert story.folders == {folder}


def test_a_run_that_is_over_tells_nothing(prepared: Prepared) -> None:
    play(prepared, Story())

    assert play(prepare_resume("@last", host=prepared.host), Story()).told == []


def test_a_run_that_another_owns_tells_nothing(prepared: Prepared) -> None:
    [folder] = play(prepared, Story()).folders
    cut_off(folder)
    story = Story()

    with hold(folder, "r-0"), pytest.raises(RunLocked):
        play(prepare_resume("@last", host=prepared.host), story)

    assert story.told == []
