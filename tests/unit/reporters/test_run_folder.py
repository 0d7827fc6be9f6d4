"""The files of a run, as written live and as made again."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import threading
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings, strategies as st

from goflow.events import (
    Event,
    Fact,
    MemoryWritten,
    Progress,
    QuestionAnswered,
    QuestionAsked,
    RunClaimed,
    RunCreated,
    RunFinished,
    RunReopened,
    RunStatus,
    SecretInput,
    StepCancelled,
)
from goflow.journal.moments import show_moment
from goflow.planning.plan import PlannedMemory
from goflow.reporters.file_tree import FileTree
from goflow.reporters.step_folders import StepFolders
from goflow.reporters.stream_files import StreamFiles
from goflow.scheduler import steps_to_redo
from goflow.workflow import Condition
from tests.properties.drive import Driver
from tests.properties.worlds import World, plan_of, worlds
from tests.unit.projections.runs import (
    CLAIMED,
    START_MS,
    attempt_fails,
    completes,
    events_of,
    fails,
    failure,
    not_run,
    runs,
    skipped,
    starts,
    step,
)
from tests.unit.reporters.folders import SOURCE, files_in, open_folder, rebuild, write_live

FINISHED = RunFinished(status=RunStatus.COMPLETED)
PLAN = plan_of(
    step("prepare"),
    step("check", "prepare", condition=Condition(step="prepare", contains=("yes", "ok"))),
    step("report", "check", model="big"),
)


def written(path: Path, *facts: Fact) -> dict[str, bytes]:
    folder = open_folder(path, PLAN)
    write_live(folder, events_of(*facts))
    assert folder.error is None
    return files_in(path)


def meta_of(files: dict[str, bytes], folder: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(files[f"steps/{folder}/step.meta.json"])
    return found


def test_a_finished_run_leaves_exactly_these_files(tmp_path: Path) -> None:
    files = written(tmp_path / "run", *runs("prepare"), skipped("check"), *runs("report"), FINISHED)

    assert sorted(files) == [
        "final_output.md",
        "steps/00_prepare/output.md",
        "steps/00_prepare/prompt.md",
        "steps/00_prepare/step.meta.json",
        "steps/01_check/step.meta.json",
        "steps/02_report/output.md",
        "steps/02_report/prompt.md",
        "steps/02_report/step.meta.json",
        "workflow.meta.json",
        "workflow.yaml",
    ]


def test_texts_are_written_exactly(tmp_path: Path) -> None:
    text = "\n a\r\nb\u2028c\x1b[2Jä😀\n\n"
    files = written(tmp_path / "run", starts("prepare", prompt=text), completes("prepare", text + "\ud800"))

    assert files["steps/00_prepare/prompt.md"] == text.encode()
    assert files["steps/00_prepare/output.md"] == text.encode() + b"?"


def test_the_workflow_is_kept_as_it_was_and_its_hash_with_it(tmp_path: Path) -> None:
    files = written(tmp_path / "run", FINISHED)
    meta = json.loads(files["workflow.meta.json"])

    assert files["workflow.yaml"] == SOURCE
    assert meta["config_hash"] == hashlib.sha256(SOURCE).hexdigest()


def test_the_meta_file_of_a_run_tells_its_status_times_and_inputs(tmp_path: Path) -> None:
    created = RunCreated(
        run_id="r-1",
        workflow_name="näme",
        workflow_path="/w.yaml",
        workspace="/",
        goflow_version="0",
        inputs={"files": "*.py"},
        secrets=(SecretInput(name="token", salt="s", digest="d"),),
    )
    folder = open_folder(tmp_path / "run", PLAN)
    write_live(
        folder, [Event(1, START_MS, created), Event(2, START_MS, CLAIMED), Event(3, START_MS + 30, FINISHED)]
    )

    assert json.loads(files_in(tmp_path / "run")["workflow.meta.json"]) == {
        "run_id": "r-1",
        "workflow_name": "näme",
        "started_at": "2027-01-15T08:00:00.000Z",
        "completed_at": "2027-01-15T08:00:00.030Z",
        "status": "completed",
        "inputs": {"files": "*.py", "token": "***"},
        "config_hash": hashlib.sha256(SOURCE).hexdigest(),
    }


def test_a_run_that_goes_on_has_no_end_and_no_final_output(tmp_path: Path) -> None:
    files = written(tmp_path / "run", starts("prepare"))
    meta = json.loads(files["workflow.meta.json"])

    assert (meta["status"], meta["completed_at"]) == ("running", "")
    assert "final_output.md" not in files


def test_the_final_output_is_what_is_printed(tmp_path: Path) -> None:
    files = written(tmp_path / "run", *runs("prepare", "ok"), FINISHED)

    assert files["final_output.md"] == b"# Workflow Results\n\n## Step: prepare\n\nok\n"


def test_the_meta_file_of_a_completed_step_has_every_key(tmp_path: Path) -> None:
    files = written(tmp_path / "run", *runs("prepare", "yes ok"), *runs("check"))

    assert list(meta_of(files, "01_check").items()) == [
        ("step_id", "check"),
        ("agent", PLAN.steps["check"].agent.name),
        ("agent_file", ""),
        ("model", ""),
        ("status", "completed"),
        ("started_at", "2027-01-15T08:00:04.000Z"),
        ("completed_at", "2027-01-15T08:00:05.000Z"),
        ("duration_seconds", 1.0),
        ("output_file", "output.md"),
        ("depends_on", ["prepare"]),
        ("condition", {"step": "prepare", "contains": ["yes", "ok"]}),
        ("condition_result", True),
        ("skip_reason", ""),
        ("session_id", ""),
        ("error", ""),
        ("interactive", False),
    ]


def test_the_meta_file_of_a_skipped_step_says_why(tmp_path: Path) -> None:
    meta = meta_of(written(tmp_path / "run", skipped("check", "condition not met: …")), "01_check")

    assert (meta["status"], meta["skip_reason"]) == ("skipped", "condition not met: …")
    assert (meta["condition_result"], meta["output_file"], meta["duration_seconds"]) == (False, "", 0.0)


def test_the_meta_file_of_a_failed_step_has_its_error_and_the_model_first_intended(tmp_path: Path) -> None:
    meta = meta_of(written(tmp_path / "run", *fails("report", 'no "such" thing\n')), "02_report")

    assert (meta["status"], meta["error"], meta["model"]) == ("failed", 'no "such" thing\n', "big")
    assert (meta["condition"], meta["condition_result"]) == (None, None)


def test_a_condition_that_was_never_tested_has_no_result(tmp_path: Path) -> None:
    meta = meta_of(written(tmp_path / "run", *fails("prepare"), not_run("check", "prepare")), "01_check")

    assert (meta["status"], meta["condition_result"]) == ("not_run", None)


SHARING = replace(PLAN, memory=PlannedMemory(initial="seed\n"))
ENTRIES = (
    MemoryWritten(step="prepare", attempt=1, agent="scout", text="found it"),
    MemoryWritten(step="prepare", attempt=1, agent="scout", text="two\n[other] lines\n--- End"),
)


def test_memory_is_there_where_it_is_on(tmp_path: Path) -> None:
    write_live(open_folder(tmp_path / "run", SHARING), events_of())

    assert files_in(tmp_path / "run")["memory.md"] == b"seed\n"


def test_memory_holds_entries_with_their_times_and_none_can_pass_for_another(tmp_path: Path) -> None:
    events = events_of(*ENTRIES)
    write_live(open_folder(tmp_path / "run", SHARING), events)
    first, second = (show_moment(event.at_ms)[:19] + "Z" for event in events[-2:])

    assert files_in(tmp_path / "run")["memory.md"].decode() == (
        f"seed\n[{first}] [scout] found it\n[{second}] [scout] two\n  [other] lines\n  --- End\n"
    )


def test_memory_is_made_again_from_events(tmp_path: Path) -> None:
    events = events_of(*ENTRIES)
    write_live(open_folder(tmp_path / "live", SHARING), events)
    rebuild(open_folder(tmp_path / "again", SHARING), events)

    assert files_in(tmp_path / "again")["memory.md"] == files_in(tmp_path / "live")["memory.md"]


@pytest.mark.parametrize(
    ("rewritten", "left"), [(("prepare", "gone"), False), (("other",), True), ((), True)]
)
def test_memory_holds_no_entry_of_a_step_that_is_rewritten(
    tmp_path: Path, rewritten: tuple[str, ...], *, left: bool
) -> None:
    events = events_of(*ENTRIES)
    reopened = Event(events[-1].seq + 1, START_MS, RunReopened(rewritten=rewritten))
    write_live(open_folder(tmp_path / "before", SHARING), events)
    write_live(open_folder(tmp_path / "after", SHARING), [*events, reopened])

    before, after = (files_in(tmp_path / name)["memory.md"] for name in ("before", "after"))
    assert after == (before if left else b"seed\n")


def test_files_of_earlier_owners_wait_until_the_run_goes_on_or_is_closed(tmp_path: Path) -> None:
    path, folder = tmp_path / "run", open_folder(tmp_path / "run", PLAN)

    folder.rebuild(events_of(*runs("prepare", "old"), FINISHED))

    assert "goflow run folder" not in [thread.name for thread in threading.enumerate()]
    write_live(folder, [])
    assert files_in(path)["steps/00_prepare/output.md"] == b"old"


def test_a_step_that_runs_again_loses_its_old_output_until_it_has_a_new_one(tmp_path: Path) -> None:
    path, first = tmp_path / "run", events_of(*runs("prepare", "old"), FINISHED)
    write_live(open_folder(path, PLAN), first)
    before = files_in(path)
    folder = open_folder(path, PLAN)
    folder.rebuild(first)
    reopened = RunReopened(again=("prepare",))
    write_live(folder, [Event(6, START_MS, RunClaimed(epoch=2, owner="b")), Event(7, START_MS, reopened)])
    after = files_in(path)

    assert "steps/00_prepare/output.md" in before
    assert "final_output.md" in before
    assert "steps/00_prepare/output.md" not in after
    assert "final_output.md" not in after
    assert meta_of(after, "00_prepare")["status"] == "pending"


@settings(max_examples=30)
@given(world=worlds(), data=st.data())
def test_a_folder_made_again_from_events_is_the_one_that_was_written_live(
    tmp_path_factory: pytest.TempPathFactory, world: World, data: st.DataObject
) -> None:
    driver = Driver(world)
    live = tmp_path_factory.mktemp("live")
    for _ in range(data.draw(st.integers(1, 3))):
        known = len(driver.events)
        driver.claim()
        if ended := steps_to_redo(driver.state):
            driver.happen(RunReopened(again=ended))
        for _ in range(data.draw(st.integers(0, 20))):
            if driver.state.status is RunStatus.RUNNING and not driver.obey():
                driver.end_something(lambda count: data.draw(st.integers(0, count - 1)))
        folder = open_folder(live, world.plan)
        folder.rebuild(driver.events[:known])
        write_live(folder, driver.events[known:])
        assert folder.error is None

    again = tmp_path_factory.mktemp("again")
    rebuild(open_folder(again, world.plan), driver.events)
    assert files_in(again) == files_in(live)


def test_making_again_touches_only_what_is_missing_or_differs(tmp_path: Path) -> None:
    path, events = tmp_path / "run", events_of(*runs("prepare"), *runs("report"), FINISHED)
    write_live(open_folder(path, PLAN), events)
    whole = files_in(path)
    (path / "steps/00_prepare/output.md").unlink()
    (path / "steps/02_report/step.meta.json").write_bytes(b"{")
    for name in files_in(path):
        os.utime(path / name, (1, 1))
    rebuild(open_folder(path, PLAN), events)

    assert files_in(path) == whole
    touched = {name for name in whole if (path / name).stat().st_mtime != 1}
    assert touched == {"steps/00_prepare/output.md", "steps/02_report/step.meta.json"}


def test_a_folder_that_cannot_be_written_is_an_error_to_be_told_not_an_exception(tmp_path: Path) -> None:
    path = tmp_path / "run"
    folder = open_folder(path, PLAN)
    (path / "steps").write_text("in the way")
    write_live(folder, events_of(*runs("prepare"), FINISHED))

    assert folder.error is not None
    assert folder.error.message == f"cannot write `{path}/steps`: not a directory"
    assert (path / "final_output.md").exists()


def test_a_full_disk_is_told_with_the_file_that_did_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "run"
    folder = open_folder(path, PLAN)
    (path / "steps/00_prepare").mkdir(parents=True)
    full = path / "steps/00_prepare/prompt.md"
    try:
        os.mknod(full, stat.S_IFCHR | 0o600, Path("/dev/full").stat().st_rdev)
        full.open("wb").close()
    except OSError as error:
        pytest.skip(f"no device that is always full can be made here: {error}")
    write_live(folder, events_of(*runs("prepare"), *runs("report")))

    assert folder.error is not None
    assert (
        folder.error.message == f"cannot write `{path}/steps/00_prepare/prompt.md`: no space left on device"
    )
    assert (path / "steps/02_report/step.meta.json").exists()


def test_a_folder_that_is_gone_is_told_by_its_name(tmp_path: Path) -> None:
    folder = open_folder(tmp_path / "run", PLAN)
    (tmp_path / "run").rmdir()
    write_live(folder, events_of())

    assert folder.error is not None
    assert folder.error.message == f"cannot write `{tmp_path}/run`: no such file or directory"


def test_what_could_not_be_written_is_written_when_it_can_be(tmp_path: Path) -> None:
    path, events = tmp_path / "run", events_of(*runs("prepare"))
    folder = open_folder(path, PLAN)
    (path / "workflow.yaml").mkdir()
    writer = folder._writer
    writer.take(events)
    writer.write()
    assert writer.error is not None

    (path / "workflow.yaml").rmdir()
    writer.write()
    writer.close()
    assert folder.error is None
    assert (path / "workflow.yaml").read_bytes() == SOURCE


def test_a_folder_that_was_told_nothing_closes_without_a_trace(tmp_path: Path) -> None:
    write_live(open_folder(tmp_path / "run", PLAN), [])

    assert files_in(tmp_path / "run") == {}


def test_a_defect_in_the_thread_is_raised_when_the_folder_closes(tmp_path: Path) -> None:
    folder = open_folder(tmp_path / "run", PLAN)
    not_an_event = Event(1, START_MS, cast("Fact", FINISHED.status))

    with pytest.raises(AssertionError, match="unreachable"):
        write_live(folder, [not_an_event])


def test_a_step_that_is_no_longer_in_the_file_keeps_the_files_it_has(tmp_path: Path) -> None:
    path, events = tmp_path / "run", events_of(*runs("report"))
    write_live(open_folder(path, PLAN), events)
    folder = open_folder(path, plan_of(step("prepare")))
    folder.rebuild(events)
    write_live(folder, [Event(5, START_MS, RunReopened(again=("report", "prepare")))])

    assert folder.error is None
    assert (path / "steps/02_report/output.md").exists()
    assert (path / "steps/00_prepare/step.meta.json").exists()


def streams(path: Path, name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (path / f"steps/{name}/stream.jsonl").read_text().splitlines()]


def test_a_stream_has_the_turn_its_pieces_and_its_end(tmp_path: Path) -> None:
    path, events = tmp_path / "run", events_of(*runs("prepare"))
    folder = open_folder(path, PLAN, keeps_streams=True)
    write_live(
        folder,
        [
            *events[:3],
            Progress(step="prepare", attempt=1, text="do\x1b"),
            Progress(step="prepare", attempt=1, text="ne"),
            *events[3:],
        ],
    )

    assert streams(path, "00_prepare") == [
        {
            "ts": "2027-01-15T08:00:02.000Z",
            "type": "assistant.turn_start",
            "data": {"attempt": 1, "model": None},
        },
        {"ts": "2027-01-15T08:01:40.000Z", "type": "assistant.message_delta", "data": "do\x1b"},
        {"ts": "2027-01-15T08:01:40.000Z", "type": "assistant.message_delta", "data": "ne"},
        {"ts": "2027-01-15T08:00:03.000Z", "type": "assistant.turn_end", "data": {"attempt": 1}},
        {"ts": "2027-01-15T08:00:03.000Z", "type": "session.idle", "data": None},
    ]


def test_a_stream_tells_of_failures_questions_and_cancellation(tmp_path: Path) -> None:
    path = tmp_path / "run"
    asked = QuestionAsked(step="prepare", attempt=2, question_id="q", text="which?", choices=("x",))
    events = events_of(
        starts("prepare"),
        attempt_fails("prepare", failure("busy")),
        starts("prepare", 2),
        asked,
        QuestionAnswered(step="prepare", question_id="q", text="x", by="me"),
        StepCancelled(step="prepare"),
        *fails("report", "bad"),
        FINISHED,
    )
    write_live(open_folder(path, PLAN, keeps_streams=True), events)

    assert [(line["type"], line["data"]) for line in streams(path, "00_prepare")[1:]] == [
        ("assistant.turn_end", {"attempt": 1}),
        ("session.error", {"error": "busy"}),
        ("assistant.turn_start", {"attempt": 2, "model": None}),
        ("user.input_requested", {"prompt": "which?", "choices": ["x"]}),
        ("user.input_response", "x"),
        ("session.error", {"error": "cancelled"}),
    ]
    assert streams(path, "02_report")[-1]["data"] == {"error": "bad"}


def test_a_stream_is_bounded_and_says_so_once(tmp_path: Path) -> None:
    events = events_of(starts("prepare"))
    tree = FileTree(str(tmp_path))
    files = StreamFiles(tree, StepFolders(tree, PLAN), longest=300)
    for event in events:
        files.take(event)
    for _ in range(3):
        files.take_progress(Progress(step="prepare", attempt=1, text="x" * 200), START_MS)
        for name in files.waiting():
            files.write(name)
    tree.close()

    assert [line["type"] for line in streams(tmp_path, "00_prepare")] == [
        "assistant.turn_start",
        "assistant.message_delta",
        "stream.note",
    ]
    assert streams(tmp_path, "00_prepare")[-1]["data"] == "the rest is left out: more than 300 bytes"


def test_without_streams_no_piece_is_kept(tmp_path: Path) -> None:
    folder = open_folder(tmp_path / "run", PLAN)
    write_live(folder, [*events_of(), Progress(step="prepare", attempt=1, text="x")])

    assert not (tmp_path / "run/steps").exists()


def test_streams_of_earlier_owners_are_left_alone(tmp_path: Path) -> None:
    path, events = tmp_path / "run", events_of(*runs("prepare"))
    write_live(open_folder(path, PLAN, keeps_streams=True), events)
    before = files_in(path)
    rebuild(open_folder(path, PLAN, keeps_streams=True), events)

    assert files_in(path) == before


@pytest.mark.parametrize("name", ["steps/00_prepare/output.md", "steps/00_prepare", "steps"])
def test_a_link_in_the_folder_of_a_run_leads_nowhere(tmp_path: Path, name: str) -> None:
    run, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    (run / name).parent.mkdir(parents=True)
    if name.endswith(".md"):
        elsewhere.write_text("precious", encoding="utf-8")
    else:
        elsewhere.mkdir()
    (run / name).symlink_to(elsewhere)
    folder = open_folder(run, PLAN)
    write_live(folder, events_of(*runs("prepare", "hostile")))

    assert folder.error is not None
    if name.endswith(".md"):
        assert elsewhere.read_text(encoding="utf-8") == "precious"
    else:
        assert list(elsewhere.iterdir()) == []
