"""Which runs are old, and what is left when they have gone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from goflow.events import Fact, RunFinished, RunStatus, StopReason
from goflow.journal.lock import hold
from goflow.journal.old_runs import Criteria, bytes_in, find_old
from goflow.journal.retention import remove_runs
from goflow.journal.run_files import ending_of, workflow_of
from tests.unit.journal.facts import CREATED, ENDED, claimed, number
from tests.unit.journal.test_finding import make_original_run, make_run

FAILED = RunFinished(status=RunStatus.FAILED)
STOPPED = RunFinished(status=RunStatus.INTERRUPTED, reason=StopReason.SIGINT)
ENDED_S = number([CREATED, claimed(1), ENDED])[-1].at_ms / 1000
"""When the runs of these tests end, but for those that end later."""
DAY_S = 86_400
DAY_MS = 1000 * DAY_S


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Return a folder with six runs; the first two letters of a run's name give its place by age."""
    audit_dir = tmp_path / "runs"
    told: Sequence[tuple[str, Fact, int]] = [
        ("01_news", ENDED, 0),
        ("02_news", FAILED, DAY_MS),
        ("03_review", ENDED, 2 * DAY_MS),
        ("04_news", STOPPED, 3 * DAY_MS),
        ("05_news", ENDED, 4 * DAY_MS),
        ("06_review", FAILED, 5 * DAY_MS),
    ]
    for name, fact, after_ms in told:
        made = make_run(
            audit_dir, f"2026-03-30T14-32-{name}", f"r-{name[:2]}", facts=[fact], after_ms=after_ms
        )
        workflow = name.partition("_")[2]
        journal = made / "events.jsonl"
        journal.write_bytes(
            journal.read_bytes().replace(
                b'"workflow_name":"review"', f'"workflow_name":"{workflow}"'.encode()
            )
        )
    return audit_dir


def found(audit_dir: Path, now_s: float = ENDED_S + 6 * DAY_S, **criteria: object) -> list[str]:
    wanted = replace(Criteria(), **criteria)  # type: ignore[arg-type]
    return [folder.name[17:19] for folder in find_old(audit_dir, wanted, now_s=now_s)]


def test_the_newest_are_kept_whatever_has_become_of_them(runs: Path) -> None:
    assert found(runs, keep=2) == ["03", "02", "01"]
    assert found(runs, keep=9) == []


def test_runs_are_old_by_when_they_ended(runs: Path) -> None:
    assert found(runs, older_than_s=4 * DAY_S) == ["03", "02", "01"]
    assert found(runs, older_than_s=4 * DAY_S + 1) == ["02", "01"]
    assert found(runs, now_s=0, older_than_s=0.0) == []


def test_workflow_and_status_choose_the_runs_that_are_counted(runs: Path) -> None:
    assert found(runs, workflow="news") == ["05", "02", "01"]
    assert found(runs, workflow="news", keep=2) == ["02", "01"]
    assert found(runs, status="failed") == ["06", "02"]
    assert found(runs, status="failed", keep=1) == ["02"]
    assert found(runs, workflow="new") == []


def test_all_that_is_given_must_hold(runs: Path) -> None:
    assert found(runs, keep=1, older_than_s=5 * DAY_S, workflow="news", status="failed") == []
    assert found(runs, keep=1, older_than_s=5 * DAY_S, workflow="news") == ["02", "01"]


def test_a_run_that_may_go_on_or_has_an_owner_is_not_old(runs: Path) -> None:
    assert "04" not in found(runs, older_than_s=0.0)

    with hold(runs / "2026-03-30T14-32-01_news", "r-01"):
        assert "01" not in found(runs, older_than_s=0.0)

    assert "01" in found(runs, older_than_s=0.0)


def test_what_is_no_run_and_what_a_link_leads_to_stay(runs: Path, tmp_path: Path) -> None:
    outside = make_run(tmp_path, "2026-03-30T14-32-01_outside")
    (runs / "2026-03-30T14-32-00_link").symlink_to(outside)
    (runs / "2026-03-30T14-32-00_empty").mkdir()
    make_run(runs, "notes")

    old = list(find_old(runs, Criteria(older_than_s=0.0), now_s=ENDED_S + 9 * DAY_S))
    remove_runs(old)

    assert len(old) == 5
    assert outside.exists()
    left = {folder.name for folder in runs.iterdir()}
    assert left == {
        "2026-03-30T14-32-00_link",
        "2026-03-30T14-32-00_empty",
        "2026-03-30T14-32-04_news",
        "notes",
    }


def test_runs_of_the_original_are_as_old_as_they_say_or_are_named(tmp_path: Path) -> None:
    told = make_original_run(tmp_path, "2026-03-30T14-32-01_told")
    meta = {
        "status": "failed",
        "workflow_name": "old",
        "completed_at": "2026-11-01T00:00:00.123456789+02:00",
    }
    (told / "workflow.meta.json").write_text(json.dumps(meta))
    named = make_original_run(tmp_path, "2026-03-30T14-32-02_named")
    unset = {"status": "completed", "completed_at": "0001-01-01T00:00:00Z"}
    (named / "workflow.meta.json").write_text(json.dumps(unset))
    make_original_run(tmp_path, "2026-99-30T14-32-03_never")
    november_s = 1_793_484_000.0

    assert found(tmp_path, now_s=november_s + DAY_S + 1, older_than_s=DAY_S) == ["02", "01"]
    assert found(tmp_path, now_s=november_s, older_than_s=DAY_S) == ["02"]
    assert found(tmp_path, now_s=november_s, older_than_s=365 * DAY_S) == []
    assert workflow_of(told) == "old"
    ending = ending_of(told)
    assert ending is not None
    assert ending.status == "failed"


def test_a_broken_first_line_names_no_workflow(runs: Path) -> None:
    journal = runs / "2026-03-30T14-32-01_news" / "events.jsonl"
    journal.write_bytes(b"[" * 100_000 + b"\n" + journal.read_bytes())

    assert workflow_of(journal.parent) == ""
    assert workflow_of(runs) == ""


def test_room_is_counted_without_following_links(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 5000)
    run = tmp_path / "run"
    (run / "steps").mkdir(parents=True)
    (run / "a").write_bytes(b"x" * 10)
    (run / "steps" / "b").write_bytes(b"x" * 5)
    (run / "link").symlink_to(tmp_path / "large")
    (run / "up").symlink_to(tmp_path)

    links = len(str(tmp_path / "large")) + len(str(tmp_path))
    assert 15 <= bytes_in(run) <= 15 + links
