from __future__ import annotations

import time
from pathlib import Path

import pytest

from goflow.cli.main import run_command
from goflow.cli.prune import shown_size
from goflow.events import RunFinished, RunStatus
from goflow.journal.old_runs import bytes_in
from tests.unit.journal.test_finding import make_run

FAILED = RunFinished(status=RunStatus.FAILED)
RUNS = Path(".workflow-runs")
NEWS = "2026-03-30T14-32-05_news"
OTHER = "2026-03-31T14-32-05_news"


@pytest.fixture(autouse=True)
def _two_runs() -> None:
    make_run(RUNS, NEWS, "r-1")
    make_run(RUNS, OTHER, "r-2", facts=[FAILED])


def left() -> list[str]:
    return sorted(folder.name for folder in RUNS.iterdir())


def test_old_runs_go_and_their_room_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    size = bytes_in(RUNS / NEWS)

    assert run_command(["prune", "--keep", "1"]) == 0

    said = capsys.readouterr()
    assert said.out == f"{RUNS}/{NEWS}\t{size}\n"
    assert said.err == f"removed 1 run, {size} B\n"
    assert left() == [OTHER]


def test_a_dry_run_removes_nothing_and_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["prune", "--older-than", "0s", "--dry-run"]) == 0

    said = capsys.readouterr()
    assert [line.partition("\t")[0] for line in said.out.splitlines()] == [
        f"{RUNS}/{OTHER}",
        f"{RUNS}/{NEWS}",
    ]
    assert said.err.startswith("would remove 2 runs, ")
    assert left() == [NEWS, OTHER]


def test_nothing_to_remove_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["prune", "--workflow", "other"]) == 0

    assert capsys.readouterr() == ("", "no run matches\n")
    assert left() == [NEWS, OTHER]


def test_status_and_another_folder_are_heeded() -> None:
    elsewhere = make_run(Path("elsewhere"), NEWS, "r-3")

    assert run_command(["prune", "--status", "failed"]) == 0
    assert left() == [NEWS]
    assert run_command(["prune", "--status", "completed", "--audit-dir", "elsewhere"]) == 0
    assert not elsewhere.exists()
    assert left() == [NEWS]


def test_age_is_counted_from_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_795_000_000.0 + 3 * 86_400)

    assert run_command(["prune", "--older-than", "1w"]) == 0
    assert run_command(["prune", "--older-than", "3d1h"]) == 0
    assert left() == [NEWS, OTHER]
    assert run_command(["prune", "--older-than", "2d23h"]) == 0
    assert left() == []


def test_what_cannot_be_removed_is_told_and_the_others_go(capsys: pytest.CaptureFixture[str]) -> None:
    (RUNS / OTHER / "lock").symlink_to("final_output.md")

    assert run_command(["prune", "--older-than", "0s"]) == 1

    said = capsys.readouterr()
    assert said.out.startswith(f"{RUNS}/{NEWS}\t")
    assert said.err.startswith(f"warning: `{RUNS}/{OTHER}/lock` cannot be written: ")
    assert "\nremoved 1 run, " in said.err
    assert left() == [OTHER]


REFUSED = [
    (
        "",
        "nothing says which runs are to go",
        "`--keep 20` keeps the newest 20, `--older-than 30d` those of the last 30 days",
    ),
    (
        "--keep 0",
        "`--keep` takes a whole number, 1 or more, not `0`",
        "`--older-than 0s` removes all runs that have ended",
    ),
    ("--keep many", "`--keep` takes a whole number, 0 or more, not `many`", None),
    ("--older-than 30", "`--older-than` takes a time such as `30d`, `2w` or `1d12h`, not `30`", None),
    ("--older-than d", "`--older-than` takes a time such as `30d`, `2w` or `1d12h`, not `d`", None),
    (
        "--status interrupted",
        "a run that is `interrupted` can go on, so it is never removed",
        "`--status` takes `completed` or `failed`",
    ),
    ("--status faild", "`--status` does not know `faild`", "did you mean `failed`?"),
    ("--keep 1 --audit-dir nowhere", "`nowhere` is no folder", None),
]


@pytest.mark.parametrize(("arguments", "message", "help_text"), REFUSED)
def test_what_makes_no_sense_is_refused_and_nothing_goes(
    arguments: str, message: str, help_text: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["prune", *arguments.split()]) == 2

    told = f"help: {help_text}\n" if help_text is not None else ""
    assert capsys.readouterr().err == f"error: {message}\n{told}"
    assert left() == [NEWS, OTHER]


def test_sizes_are_shown_in_their_unit() -> None:
    shown = [shown_size(size) for size in (0, 999, 1000, 12_345_678, 5_000_000_000_000)]

    assert shown == ["0 B", "999 B", "1.0 kB", "12.3 MB", "5000.0 GB"]
