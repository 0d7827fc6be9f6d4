"""What a run folder must hold is what its writer has written, whatever the run did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from goflow.events import (
    Event,
    Fact,
    MemoryWritten,
    QuestionAsked,
    RunClaimed,
    RunFinished,
    RunReopened,
    RunStatus,
    StepCancelled,
)
from goflow.planning.plan import PlannedMemory
from goflow.reporters.expected_files import different_files
from goflow.workflow import Condition
from tests.properties.worlds import plan_of
from tests.unit.projections.runs import (
    completes,
    events_of,
    fails,
    not_run,
    runs,
    skipped,
    starts,
    step,
)
from tests.unit.reporters.folders import SOURCE, open_folder, write_live

FINISHED = RunFinished(status=RunStatus.COMPLETED)
INTERRUPTED = RunFinished(status=RunStatus.INTERRUPTED)
PLAN = replace(
    plan_of(
        step("prepare"),
        step("check", "prepare", condition=Condition(step="prepare", contains=("yes", "ok"))),
        step("report", "check", model="big"),
    ),
    memory=PlannedMemory(initial="Begin."),
)
REMEMBERED = MemoryWritten(step="prepare", attempt=1, agent="agent", text="Ünicode \ud800")
ASKED = QuestionAsked(step="prepare", attempt=1, question_id="q", text="Which?")
STORIES: dict[str, Sequence[Fact]] = {
    "nothing": [FINISHED],
    "all": [*runs("prepare"), skipped("check"), *runs("report"), FINISHED],
    "memory": [starts("prepare"), REMEMBERED, completes("prepare", "\ud800"), FINISHED],
    "failure": [*fails("prepare"), not_run("check", "prepare"), FINISHED],
    "stopped": [starts("prepare"), StepCancelled(step="prepare"), INTERRUPTED],
    "waiting": [starts("prepare"), ASKED, RunFinished(status=RunStatus.WAITING)],
    "again": [
        *runs("prepare"),
        FINISHED,
        RunClaimed(epoch=2, owner="you"),
        RunReopened(again=("prepare",)),
        INTERRUPTED,
    ],
    "lost": [starts("prepare"), RunClaimed(epoch=2, owner="you"), starts("prepare", 2), INTERRUPTED],
}


def written(folder: Path, story: Sequence[Fact]) -> list[Event]:
    events = events_of(*story)
    write_live(open_folder(folder, PLAN), events)
    return events


@pytest.mark.parametrize("name", STORIES)
def test_files_as_they_were_written_are_as_expected(tmp_path: Path, name: str) -> None:
    events = written(tmp_path, STORIES[name])

    assert list(different_files(tmp_path, PLAN, events, SOURCE)) == []


@pytest.mark.parametrize("name", STORIES)
def test_every_file_that_was_written_is_looked_at(tmp_path: Path, name: str) -> None:
    events = written(tmp_path, STORIES[name])
    files = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    for path in files:
        path.write_bytes(path.read_bytes() + b" ")

    found = list(different_files(tmp_path, PLAN, events, SOURCE))

    assert sorted(tmp_path / name for name, _ in found) == files
    assert {difference for _, difference in found} == {"it is not what the events say"}


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    events = written(tmp_path, STORIES["all"])
    (tmp_path / "workflow.yaml").unlink()
    (tmp_path / "steps/00_prepare/prompt.md").unlink()
    (tmp_path / "steps/00_prepare/prompt.md").mkdir()
    for path in (tmp_path / "steps/02_report").iterdir():
        path.unlink()
    (tmp_path / "steps/02_report").rmdir()
    (tmp_path / "steps/02_report").write_text("no folder")

    assert dict(different_files(tmp_path, PLAN, events, SOURCE)) == {
        "workflow.yaml": "it is missing",
        "steps/00_prepare/prompt.md": "it is not what the events say",
        "steps/02_report/prompt.md": "it cannot be read: not a directory",
        "steps/02_report/output.md": "it cannot be read: not a directory",
        "steps/02_report/step.meta.json": "it cannot be read: not a directory",
    }
