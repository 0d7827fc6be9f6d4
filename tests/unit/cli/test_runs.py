"""`goflow runs`."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from goflow.cli.main import run_command
from goflow.cli.moments import local_time, since
from goflow.errors import UsageError
from goflow.events import RunFinished, RunStatus, StopReason, Usage
from goflow.journal.lock import hold
from tests.unit.cli.kept_runs import COMPLETED, OLD_STEPS, RUNS, START_MS, keep_original, keep_run
from tests.unit.projections.runs import completes, fails, runs, skipped, starts
from tests.unit.test_imports import PROVIDERS, imported_by

Captured = pytest.CaptureFixture[str]

USED = Usage(requests=1, input_tokens=2000, output_tokens=452, cost_usd=0.0061)
FAILED = RunFinished(status=RunStatus.FAILED)
WAITS = RunFinished(status=RunStatus.WAITING, reason=StopReason.UNANSWERED)
STARTED = local_time(START_MS)


def listed(capsys: Captured, *arguments: str) -> list[str]:
    """Return the lines; nothing may be said beside them."""
    assert run_command(["runs", *arguments]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out.splitlines()


def ids(capsys: Captured, *arguments: str) -> list[str]:
    return [line.split()[0] for line in listed(capsys, *arguments)]


@pytest.fixture
def _some_runs() -> None:
    keep_run(*runs("a"), COMPLETED, run_id="r-good", name="review", after_s=1)
    keep_run(*fails("a"), FAILED, run_id="r-bad", name="news", after_s=2)
    keep_run(starts("a"), run_id="r-left", name="review", after_s=3)
    keep_run(starts("a"), WAITS, run_id="r-asks", name="news", after_s=4)


def test_a_run_is_an_aligned_line_and_the_newest_is_the_first(capsys: Captured) -> None:
    keep_run(starts("a"), completes("a", usage=USED), skipped("b"), *fails("c"), COMPLETED)
    keep_run(*runs("a"), COMPLETED, run_id="r-20", name="longer", after_s=70)

    assert listed(capsys) == [
        f"r-20  {local_time(START_MS + 70_000)}  longer  completed  1  0  3.0s",
        f"r-1   {STARTED}  w       completed  2  1  7.0s  2.5k tok  $0.0061",
    ]


@pytest.mark.usefixtures("_some_runs")
def test_a_run_that_nobody_works_on_any_more_is_interrupted_and_one_with_an_owner_runs(
    capsys: Captured,
) -> None:
    [left] = RUNS.glob("*r-left")

    with hold(left, "r-left"):
        owned = listed(capsys, "--status", "running")
    assert [line.split()[4] for line in owned] == ["running"]
    assert ids(capsys, "--status", "interrupted") == ["r-left"]
    assert ids(capsys) == ["r-asks", "r-left", "r-bad", "r-good"]


@pytest.mark.usefixtures("_some_runs")
@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ("--workflow review", ["r-left", "r-good"]),
        ("--status failed", ["r-bad"]),
        ("--status waiting --workflow news", ["r-asks"]),
        ("-n 2", ["r-asks", "r-left"]),
        ("-n 1 --workflow review", ["r-left"]),
        ("-n 0", ["r-asks", "r-left", "r-bad", "r-good"]),
        (f"--since={STARTED[:10]}T{local_time(START_MS + 3000)[11:]}", ["r-asks", "r-left"]),
    ],
)
def test_only_some_runs_are_listed(arguments: str, found: list[str], capsys: Captured) -> None:
    assert ids(capsys, *arguments.split()) == found


def test_since_counts_back_from_now(capsys: Captured) -> None:
    age_s = time.time() - START_MS / 1000
    keep_run(COMPLETED)
    keep_original()

    assert ids(capsys, "--since", f"{int(age_s / 3600) + 1}h") == ["r-1"]
    assert ids(capsys, "--since", f"{int(age_s / 86_400) + 3}d") == ["r-1", "old-1"]


@pytest.mark.parametrize(
    ("written", "age_ms"),
    [("2d", 172_800_000), ("1w1d", 691_200_000), ("1h30m", 5_400_000), ("90s", 90_000), ("0s", 0)],
)
def test_an_age_has_units_from_weeks_to_seconds(written: str, age_ms: int) -> None:
    assert since("--since", written, now_ms=10**12) == 10**12 - age_ms


def test_a_date_is_a_local_one() -> None:
    assert local_time(since("--since", "2026-03-30", now_ms=0)) == "2026-03-30 00:00:00"


@pytest.mark.parametrize("written", ["", "2", "soon", "d", "2d 1h", "30m2d", "2026-13-01", "٢d"])
def test_what_is_neither_an_age_nor_a_date_is_refused(written: str) -> None:
    with pytest.raises(UsageError, match="`--since` takes an age or a date"):
        since("--since", written, now_ms=0)


def test_programs_get_an_object_a_line(capsys: Captured) -> None:
    folder = keep_run(starts("a"), completes("a", usage=USED), *fails("b"), WAITS)

    [line] = listed(capsys, "--json")

    assert json.loads(line) == {
        "run_id": "r-1",
        "workflow": "w",
        "status": "waiting",
        "reason": "unanswered",
        "started_at": "2026-03-30T14:32:05.000Z",
        "ended_at": "2026-03-30T14:32:12.000Z",
        "active_seconds": 6.0,
        "steps": {"completed": 1, "failed": 1},
        "usage": {
            "requests": 1,
            "input_tokens": 2000,
            "output_tokens": 452,
            "cached_tokens": 0,
            "cost_usd": 0.0061,
            "unpriced": 0,
        },
        "is_original": False,
        "folder": str(folder),
    }


@pytest.mark.usefixtures("_some_runs")
def test_a_broken_folder_is_a_warning_with_the_reason_and_hides_no_other(capsys: Captured) -> None:
    [bad] = RUNS.glob("*r-bad")
    journal = bad / "events.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"step":"a"', b'"step":"A"', 1))
    keep_run(run_id="r-empty", after_s=9)
    [empty] = RUNS.glob("*r-empty")
    (empty / "events.jsonl").write_bytes(b'{"v":1,"seq":1')
    broken = keep_original("old-2")
    (broken / "workflow.meta.json").write_text("[1]")

    assert run_command(["runs"]) == 0

    out, err = capsys.readouterr()
    assert [line.split()[0] for line in out.splitlines()] == ["r-asks", "r-left", "r-good"]
    assert [warning.partition(" cannot be read: ")[0] for warning in err.splitlines()] == [
        f"warning: `{empty}` holds no event of a run",
        f"warning: line 3 of `{journal}`",
        f"warning: `{broken / 'workflow.meta.json'}`",
    ]


def test_a_gap_in_a_journal_is_a_warning(capsys: Captured) -> None:
    journal = keep_run(*runs("a"), COMPLETED) / "events.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:2] + lines[3:]))

    assert run_command(["runs"]) == 0

    out, err = capsys.readouterr()
    assert out == ""
    assert "its seq is 4, not 3" in err


def test_a_torn_end_and_texts_kept_elsewhere_do_not_matter(capsys: Captured) -> None:
    folder = keep_run(starts("a", prompt="x" * 70_000), completes("a", "y" * 70_000), COMPLETED)
    for blob in (folder / "blobs").iterdir():
        blob.unlink()
    with (folder / "events.jsonl").open("ab") as file:
        file.write(b'{"v":1,"seq":6,"ts"')

    assert listed(capsys) == [f"r-1  {STARTED}  w  completed  1  0  3.0s"]


def test_runs_of_the_original_are_listed_too(capsys: Captured) -> None:
    keep_original(steps=OLD_STEPS)
    keep_original("old-0", status="running", completed_at="", workflow_name=3)

    assert [line.split()[0:1] + line.split()[3:] for line in listed(capsys)] == [
        ["old-1", "old", "completed", "2", "1", "8.9s"],
        ["old-0", "running", "0", "0", "0.00s"],
    ]


def test_names_are_made_harmless_and_cut(capsys: Captured) -> None:
    keep_run(COMPLETED, name="\x1b[2Jevil\n" + "x" * 100)

    [line] = listed(capsys)

    assert f"  evil {'x' * 34}…  completed" in line


def test_no_runs_are_no_failure(capsys: Captured) -> None:
    assert run_command(["runs", "--audit-dir", "nowhere"]) == 0
    assert run_command(["runs", "--status", "failed"]) == 0

    assert capsys.readouterr() == ("", "no runs in nowhere\nno runs in .workflow-runs that fit\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--status done", "error: `--status` does not know `done`\n"),
        ("-n x", "error: `--limit` takes a whole number, 0 or more, not `x`\n"),
        ("--since soon", "error: `--since` takes an age or a date, not `soon`\n"),
        ("r-1", "error: unexpected argument `r-1`\n"),
    ],
)
def test_what_cannot_be_asked_is_refused(arguments: str, message: str, capsys: Captured) -> None:
    assert run_command(["runs", *arguments.split()]) == 2
    assert capsys.readouterr().err.startswith(message)


def test_listing_imports_nothing_that_runs_workflows() -> None:
    keep_run(COMPLETED)

    imported = imported_by("runs")

    assert "goflow.journal.listing" in imported
    assert not imported & (PROVIDERS | {"asyncio", "pydantic", "yaml", "goflow.api"})


def test_a_time_that_calendars_do_not_have_is_no_defect() -> None:
    assert (local_time(None), local_time(10**18)) == ("", "?")


def test_the_folder_of_runs_can_be_named(capsys: Captured) -> None:
    keep_run(COMPLETED)
    RUNS.rename(Path("elsewhere"))

    assert ids(capsys, "--audit-dir", "elsewhere") == ["r-1"]
