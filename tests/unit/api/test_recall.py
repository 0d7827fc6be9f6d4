"""A run's plan, as it was kept: the same for whoever asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

import goflow
from goflow import RunOptions
from goflow.api.history import read_history
from goflow.api.recall import KeptRun, has_ended, read_kept_run, recall_kept, recall_run
from goflow.cli.replayed import recall_plan
from goflow.errors import JournalCorrupt
from goflow.events import MASK, Fact, RunFinished, RunStatus
from goflow.workflow import SourceRole
from tests.unit.journal.facts import ENDED, claimed, number

WORKFLOW = """
name: looked-at
inputs: {picture: {default: a.png}, token: {secret: true, default: hush}}
steps:
  - {id: look, prompt: "Look with {{inputs.token}}", attach: ["{{inputs.picture}}"]}
"""
MISTAKEN = b"name: looked-at\nsteps: [{id: look, depends_on: [look]}]\n"


@pytest.fixture
def folder() -> Path:
    """Return the folder of a run whose files are gone since."""
    Path("w.yaml").write_text(WORKFLOW, encoding="utf-8")
    Path("a.png").write_bytes(b"\x89PNG\r\n")
    done = asyncio.run(goflow.run("w.yaml", options=RunOptions(backend="mock")))
    Path("w.yaml").unlink()
    Path("a.png").unlink()
    assert done.folder is not None
    return done.folder


def with_workflow(kept: KeptRun, content: bytes) -> KeptRun:
    first, *others = kept.sources
    assert first.role is SourceRole.WORKFLOW
    changed = replace(first, content=content, digest=sha256(content).hexdigest())
    return replace(kept, sources=(changed, *others))


def test_everybody_makes_the_same_plan_of_a_run(folder: Path) -> None:
    kept, warnings = read_kept_run(folder), list[str]()

    plan = recall_run(folder, home=Path.home()).plan

    assert [file.name for file in plan.steps["look"].attachments] == ["a.png"]
    assert plan.inputs == {"picture": "a.png", "token": MASK}
    assert read_history(folder, home=Path.home(), warn=warnings.append).plan == plan
    assert recall_plan(kept.history, kept.sources, home=Path.home()) == (plan, WORKFLOW.encode())
    assert warnings == []


def test_a_secret_that_is_given_again_is_in_the_plan_and_others_are_not(folder: Path) -> None:
    given = {"token": "other", "picture": "b.png"}

    plan = recall_kept(read_kept_run(folder), home=Path.home(), secrets=given).plan

    assert plan.inputs == {"picture": "a.png", "token": "other"}


def test_what_was_kept_with_mistakes_makes_no_plan(folder: Path) -> None:
    kept = with_workflow(read_kept_run(folder), MISTAKEN)

    with pytest.raises(JournalCorrupt, match=r"w\.yaml`, as it was kept, holds mistakes$"):
        recall_kept(kept, home=Path.home())


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([], False),
        ([claimed(1)], False),
        ([RunFinished(status=RunStatus.WAITING)], False),
        ([RunFinished(status=RunStatus.INTERRUPTED)], False),
        ([RunFinished(status=RunStatus.FAILED)], True),
        ([ENDED], True),
        ([ENDED, claimed(2)], False),
    ],
)
def test_a_run_has_ended_with_its_last_event_or_not_at_all(facts: Sequence[Fact], *, expected: bool) -> None:
    assert has_ended(number(list(facts))) is expected
