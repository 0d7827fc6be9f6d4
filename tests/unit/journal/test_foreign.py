"""Run folders of the original goflow, told as events."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from goflow.errors import GoflowError, JournalCorrupt, RunFolderError
from goflow.events import RunFinished, RunStatus
from goflow.journal.foreign import OUTPUT, read_foreign, step_file, step_ids
from goflow.journal.foreign_files import moment
from goflow.projections import RunView
from goflow.projections.history import fold
from goflow.scheduler import StepStatus
from tests.unit.cli.kept_runs import OLD_STEPS, keep_original


def view_of(folder: Path) -> RunView:
    return fold(read_foreign(folder), step_ids(folder))


def status_of(**meta: object) -> RunStatus:
    return view_of(keep_original(**meta)).status  # type: ignore[arg-type]


def test_a_folder_tells_what_its_run_did() -> None:
    view = view_of(keep_original(steps=OLD_STEPS))

    assert (view.run_id, view.workflow_name, view.status) == ("old-1", "old", RunStatus.COMPLETED)
    assert view.created is not None
    assert view.created.inputs == {"files": "*.go"}
    assert {name: step.status for name, step in view.steps.items()} == {
        "scan": StepStatus.COMPLETED,
        "fix": StepStatus.FAILED,
        "report": StepStatus.SKIPPED,
    }
    scan, fix = view.steps["scan"], view.steps["fix"]
    assert (scan.prompt, scan.output, scan.model, scan.duration_ms) == (
        "Scan *.go",
        "ISSUES FOUND",
        "gpt-4o",
        3000,
    )
    assert (fix.prompt, fix.output, fix.duration_ms) == ("Fix it", None, 5000)
    assert fix.failure is not None
    assert fix.failure.message == "no such model"


def test_without_texts_the_view_is_the_same_but_for_them() -> None:
    folder = keep_original(steps=OLD_STEPS)
    whole, short = view_of(folder), fold(read_foreign(folder, with_texts=False), step_ids(folder))

    assert (short.steps["scan"].prompt, short.steps["scan"].output) == ("", "")
    assert [(step.status, step.duration_ms) for step in short.steps.values()] == [
        (step.status, step.duration_ms) for step in whole.steps.values()
    ]


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("completed", RunStatus.COMPLETED),
        ("failed", RunStatus.FAILED),
        ("cancelled", RunStatus.INTERRUPTED),
        ("running", RunStatus.RUNNING),
        ("", RunStatus.RUNNING),
        (None, RunStatus.RUNNING),
        (["completed"], RunStatus.RUNNING),
    ],
)
def test_a_run_stands_where_its_file_says(written: object, status: RunStatus) -> None:
    assert status_of(status=written) is status


@pytest.mark.parametrize(
    ("meta", "status"),
    [
        ({"status": "running"}, StepStatus.RUNNING),
        ({"status": "cancelled"}, StepStatus.CANCELLED),
        ({"status": "not_run"}, StepStatus.NOT_RUN),
        ({"status": "pending"}, StepStatus.PENDING),
        ({"status": "who knows"}, StepStatus.PENDING),
        ({"output": "there"}, StepStatus.COMPLETED),
        ({"prompt": "only asked"}, StepStatus.RUNNING),
    ],
)
def test_a_step_stands_where_its_file_says_or_where_its_output_does(
    meta: dict[str, object], status: StepStatus
) -> None:
    view = view_of(keep_original(steps={"00_a": meta}))

    assert view.steps["a"].status is status


def test_steps_stand_in_the_order_of_their_folders() -> None:
    late = {"status": "completed", "started_at": "2026-03-29T10:00:09Z"}
    early = {"status": "completed", "started_at": "2026-03-29T10:00:02Z"}
    folder = keep_original(steps={"00_b": late, "01_a": early, "10_c": {}, "notes": {"status": "failed"}})

    assert list(view_of(folder).steps) == ["b", "a", "c"]


def test_the_run_ends_with_its_last_step_where_its_own_end_is_not_told() -> None:
    events = read_foreign(keep_original(steps=OLD_STEPS, completed_at=None, started_at="soon"))

    assert events[0].at_ms == moment("2026-03-29T10:00:01Z")
    assert isinstance(events[-1].fact, RunFinished)
    assert events[-1].at_ms == moment("2026-03-29T10:00:09Z")


@pytest.mark.parametrize(
    ("written", "at_ms"),
    [
        ("2026-03-30T12:34:56.123456789Z", 1_774_874_096_123),
        ("2026-03-30T14:34:56.1+02:00", 1_774_874_096_100),
        ("2026-03-30T12:34:56", 1_774_874_096_000),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("soon", None),
        ("", None),
        (1_774_874_096, None),
        (None, None),
    ],
)
def test_a_moment_is_read_as_go_writes_it(written: object, at_ms: int | None) -> None:
    assert moment(written) == at_ms


def test_links_and_pipes_are_not_followed() -> None:
    folder = keep_original(steps={"00_a": {"status": "completed"}})
    step = folder / "steps" / "00_a"
    Path("secret").write_text("hush")
    (step / "output.md").symlink_to(Path("secret").absolute())
    os.mkfifo(step / "prompt.md")
    (folder / "steps" / "01_b").symlink_to(Path.cwd())

    view = view_of(folder)

    assert (view.steps["a"].prompt, view.steps["a"].output) == ("", "")
    assert list(view.steps) == ["a"]
    assert step_file(folder, "a", OUTPUT) is None


def test_a_file_that_is_no_object_tells_nothing_of_a_run() -> None:
    folder = keep_original()
    (folder / "workflow.meta.json").write_text("[" * 100_000)

    with pytest.raises(JournalCorrupt, match="is no JSON object that describes a run"):
        read_foreign(folder)


def test_a_file_that_is_gone_is_an_error_of_the_folder(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="cannot be read"):
        read_foreign(tmp_path)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
RUN_KEYS = ("run_id", "workflow_name", "started_at", "completed_at", "status", "inputs")
STEP_KEYS = ("step_id", "agent", "model", "status", "started_at", "completed_at", "duration_seconds", "error")


def metas(keys: tuple[str, ...]) -> st.SearchStrategy[dict[str, object]]:
    words = st.sampled_from(["completed", "failed", "2026-03-29T10:00:09Z", 1e308, -1])
    return st.dictionaries(st.sampled_from(keys), words | anything, max_size=8)


@settings(max_examples=60)
@given(run=metas(RUN_KEYS), step=metas(STEP_KEYS))
def test_whatever_stands_in_the_files_there_is_a_view_or_a_plain_error(
    run: dict[str, object], step: dict[str, object]
) -> None:
    folder = Path("any")
    (folder / "steps" / "00_a").mkdir(parents=True, exist_ok=True)
    (folder / "workflow.meta.json").write_text(json.dumps(run))
    (folder / "steps" / "00_a" / "step.meta.json").write_text(json.dumps(step))

    try:
        view = view_of(folder)
    except GoflowError:
        assert not run
    else:
        assert view.seq >= 2
