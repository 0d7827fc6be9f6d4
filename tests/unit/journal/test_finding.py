from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from goflow.errors import RunFolderError, UsageError
from goflow.events import Fact, RunFinished, RunStatus, StopReason
from goflow.journal.file import FileJournal
from goflow.journal.finding import find_run, runs_in
from goflow.journal.lock import hold
from goflow.journal.retention import prune
from goflow.journal.run_files import created_at, run_id_of
from tests.unit.journal.facts import CREATED, ENDED, claimed, number

FAILED = RunFinished(status=RunStatus.FAILED)
STOPPED = RunFinished(status=RunStatus.INTERRUPTED, reason=StopReason.SIGINT)
WAITING = RunFinished(status=RunStatus.WAITING, reason=StopReason.UNANSWERED)


def make_run(
    audit_dir: Path, name: str, run_id: str = "r-0", *, facts: Sequence[Fact] = (ENDED,), after_ms: int = 0
) -> Path:
    """Make a run's folder with its journal and a file."""
    folder = audit_dir / name
    folder.mkdir(parents=True)
    (folder / "final_output.md").write_text("done")
    events = number([replace(CREATED, run_id=run_id), claimed(1), *facts])

    async def main() -> None:
        async with FileJournal(folder) as journal:
            batch = [replace(event, at_ms=event.at_ms + after_ms) for event in events]
            await journal.append(batch, expected_seq=0, epoch=0)

    asyncio.run(main())
    return folder


def make_original_run(audit_dir: Path, name: str, run_id: str = "old-1", status: str = "completed") -> Path:
    folder = audit_dir / name
    folder.mkdir(parents=True)
    (folder / "workflow.meta.json").write_text(json.dumps({"run_id": run_id, "status": status}))
    return folder


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Return a folder with three runs, the oldest first made, and what is no run."""
    audit_dir = tmp_path / "runs"
    make_run(audit_dir, "2026-03-30T14-32-05_news", "r-7f3a")
    make_run(audit_dir, "2026-03-30T14-32-06_news", "r-7fbb")
    make_run(audit_dir, "2026-03-31T09-00-00_review", "r-90aa")
    (audit_dir / "2026-04-01T09-00-00_empty").mkdir()
    (audit_dir / "2026-04-01T09-00-00_file").write_text("")
    (audit_dir / "2026-04-01T09-00-00_link").symlink_to(audit_dir / "2026-03-30T14-32-05_news")
    make_run(audit_dir, "notes", "r-aaaa")
    return audit_dir


def name_found(audit_dir: Path, reference: str) -> str:
    return find_run(audit_dir, reference).name


def test_runs_come_newest_first_without_what_is_no_run(runs: Path) -> None:
    assert [folder.name for folder in runs_in(runs)] == [
        "2026-03-31T09-00-00_review",
        "2026-03-30T14-32-06_news",
        "2026-03-30T14-32-05_news",
    ]


def test_runs_of_one_second_come_in_the_order_in_which_they_were_made(tmp_path: Path) -> None:
    stem = "2026-03-30T14-32-05"
    for after_ms, name in enumerate(["zebra", "ant", "ant-2", "ant-10"]):
        make_run(tmp_path, f"{stem}_{name}", after_ms=after_ms)

    assert [folder.name[20:] for folder in runs_in(tmp_path)] == ["ant-10", "ant-2", "ant", "zebra"]


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("r-90aa", "2026-03-31T09-00-00_review"),
        ("r-9", "2026-03-31T09-00-00_review"),
        ("r-7f3", "2026-03-30T14-32-05_news"),
        ("@last", "2026-03-31T09-00-00_review"),
        ("@-1", "2026-03-31T09-00-00_review"),
        ("@-3", "2026-03-30T14-32-05_news"),
        ("2026-03-30T14-32-06_news", "2026-03-30T14-32-06_news"),
        ("notes", "notes"),
    ],
)
def test_a_run_is_found_by_what_it_is_called(runs: Path, reference: str, name: str) -> None:
    assert name_found(runs, reference) == name


def test_a_run_is_found_by_its_folder_wherever_that_is(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(runs / "notes")

    assert find_run(Path("elsewhere"), str(runs / "notes")) == runs / "notes"
    assert find_run(Path("elsewhere"), ".") == Path()


def test_an_id_that_begins_another_is_that_run(tmp_path: Path) -> None:
    make_run(tmp_path, "2026-03-30T14-32-05_a", "r-7")
    make_run(tmp_path, "2026-03-30T14-32-06_a", "r-77")

    assert name_found(tmp_path, "r-7") == "2026-03-30T14-32-05_a"


@pytest.mark.parametrize(
    ("reference", "message", "help_text"),
    [
        ("r-7f", "`r-7f` is the beginning of 2 runs", "they are `r-7fbb`, `r-7f3a`"),
        ("r-5", "there is no run `r-5`", "the newest are `r-90aa`, `r-7fbb`, `r-7f3a`"),
        ("", "there is no run ``", "the newest are `r-90aa`, `r-7fbb`, `r-7f3a`"),
        ("@-4", "there is no run `@-4`", "the newest are `r-90aa`, `r-7fbb`, `r-7f3a`"),
        ("@0", "`@0` is no run", "`@last` is the newest, `@-2` the one before it"),
        ("@-0", "`@-0` is no run", "`@last` is the newest, `@-2` the one before it"),
        (
            "some/where",
            "`some/where` is not the folder of a run",
            "the newest are `r-90aa`, `r-7fbb`, `r-7f3a`",
        ),
        ("no\0path", "there is no run `no\0path`", "the newest are `r-90aa`, `r-7fbb`, `r-7f3a`"),
    ],
)
def test_what_names_no_run_or_several_is_an_error_with_candidates(
    runs: Path, reference: str, message: str, help_text: str
) -> None:
    with pytest.raises(UsageError) as raised:
        find_run(runs, reference)

    assert raised.value.message == message
    assert raised.value.help == help_text


def test_only_some_candidates_are_listed(tmp_path: Path) -> None:
    for count in range(7):
        make_original_run(tmp_path, f"2026-03-30T14-32-0{count}_a", f"x{count}")

    with pytest.raises(UsageError) as raised:
        find_run(tmp_path, "x")

    assert raised.value.help == "they are `x6`, `x5`, `x4`, `x3`, `x2`, ..."


@pytest.mark.parametrize(
    ("written", "damage"),
    [(b"r-7fbb", b"r-\xff"), (b"r-7fbb", b"r-\x1b]0;x"), (b"r-7fbb", b"r; ls"), (b"2026-", b"\xff-")],
)
def test_a_run_is_found_although_another_is_damaged(runs: Path, written: bytes, damage: bytes) -> None:
    journal = runs / "2026-03-30T14-32-06_news" / "events.jsonl"
    first, *others = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(first.replace(written, damage) + b"".join(others))

    assert name_found(runs, "r-7f3") == "2026-03-30T14-32-05_news"
    assert (run_id_of(journal.parent), created_at(journal.parent)) == ("", "")


def test_a_folder_without_runs_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        find_run(tmp_path / "none", "@last")

    assert raised.value.help == f"`{tmp_path / 'none'}` holds no runs; `--audit-dir` names another folder"


@pytest.mark.parametrize("reference", ["old-1", "@last"])
def test_a_run_of_the_original_is_found_and_refused(tmp_path: Path, reference: str) -> None:
    folder = make_original_run(tmp_path, "2026-03-30T14-32-05_news")

    with pytest.raises(UsageError) as raised:
        find_run(tmp_path, reference)

    assert raised.value.message == f"`{folder}` was made by the original goflow: it has no journal"


@pytest.mark.parametrize("kept", ["lock", "sources", "id"])
def test_a_run_of_ours_that_has_lost_its_journal_is_not_taken_for_one_of_the_original(
    tmp_path: Path, kept: str
) -> None:
    folder = make_original_run(tmp_path, "2026-03-30T14-32-05_news")
    if kept == "lock":
        (folder / "lock").touch()
    elif kept == "sources":
        (folder / "sources").mkdir()
    else:
        (folder / "workflow.meta.json").write_text('{"run_id": "r-0123456789"}', encoding="utf-8")

    with pytest.raises(UsageError) as raised:
        find_run(tmp_path, "@last")

    lost = "has lost its journal: `events.jsonl` is missing, or is no plain file"
    assert raised.value.message == f"`{folder}` {lost}"


def test_a_run_whose_first_event_was_never_written_is_found_by_its_place(tmp_path: Path) -> None:
    folder = make_original_run(tmp_path, "2026-03-30T14-32-05_news")
    (folder / "events.jsonl").write_bytes(b"")

    assert find_run(tmp_path, "@last") == folder
    with pytest.raises(UsageError, match="there is no run `old-1`"):
        find_run(tmp_path, "old-1")


def test_old_runs_that_are_over_are_removed_and_the_newest_kept(runs: Path) -> None:
    pruned = prune(runs, keep=1)

    assert [folder.name[20:] for folder in pruned.removed] == ["news", "news"]
    assert pruned.problems == ()
    assert sorted(folder.name for folder in runs.iterdir()) == [
        "2026-03-31T09-00-00_review",
        "2026-04-01T09-00-00_empty",
        "2026-04-01T09-00-00_file",
        "2026-04-01T09-00-00_link",
        "notes",
    ]


def test_with_no_limit_all_are_kept(runs: Path) -> None:
    assert prune(runs, keep=0).removed == ()
    assert len(list(runs_in(runs))) == 3


def test_runs_that_may_go_on_are_never_removed(tmp_path: Path) -> None:
    kept: dict[str, list[Fact]] = {
        "stopped": [STOPPED],
        "waiting": [WAITING],
        "killed": [],
        "resumed": [ENDED, claimed(2)],
    }
    over: dict[str, list[Fact]] = {"failed": [FAILED], "over": [FAILED, claimed(2), ENDED]}
    for second, (name, facts) in enumerate({**kept, **over}.items()):
        make_run(tmp_path, f"2026-03-30T14-32-0{second}_{name}", facts=facts)
    torn = make_run(tmp_path, "2026-03-30T14-32-09_torn") / "events.jsonl"
    torn.write_bytes(torn.read_bytes()[:-1])
    make_run(tmp_path, "2026-03-31T14-32-00_newest")
    make_original_run(tmp_path, "2026-03-29T14-32-00_original", status="running")
    make_original_run(tmp_path, "2026-03-29T14-32-00_original-over")

    prune(tmp_path, keep=1)

    left = {folder.name[20:] for folder in tmp_path.iterdir()}
    assert left == {*kept, "torn", "newest", "original"}
    assert list(tmp_path.glob("*/lock")) == []  # and nobody who takes one up now would be turned away


def test_a_run_that_somebody_owns_is_not_removed(runs: Path) -> None:
    owned = runs / "2026-03-30T14-32-05_news"

    with hold(owned, "r-7f3a"):
        removed = prune(runs, keep=1).removed

    assert [folder.name for folder in removed] == ["2026-03-30T14-32-06_news"]
    assert (owned / "final_output.md").exists()


def test_links_in_a_run_are_removed_and_not_followed(runs: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "deep").mkdir(parents=True)
    (outside / "precious").write_text("precious")
    old = runs / "2026-03-30T14-32-05_news"
    (old / "folder").symlink_to(outside)
    (old / "file").symlink_to(outside / "precious")
    (old / "steps").mkdir()
    (old / "steps" / "folder").symlink_to(outside)

    prune(runs, keep=1)

    assert not old.exists()
    assert (outside / "precious").read_text() == "precious"
    assert (outside / "deep").is_dir()


def test_a_run_that_cannot_be_removed_is_told_and_the_others_go(runs: Path) -> None:
    stuck = runs / "2026-03-30T14-32-06_news"
    (stuck / "lock").mkdir()

    pruned = prune(runs, keep=1)

    assert [folder.name for folder in pruned.removed] == ["2026-03-30T14-32-05_news"]
    assert pruned.problems == (f"`{stuck / 'lock'}` cannot be written: is a directory",)
    assert (stuck / "final_output.md").exists()


def test_a_folder_of_runs_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)

    with pytest.raises(RunFolderError, match="cannot be read: too many levels of symbolic links"):
        list(runs_in(loop))
