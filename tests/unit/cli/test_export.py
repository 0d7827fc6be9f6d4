from __future__ import annotations

import os
from pathlib import Path

import pytest

from goflow.cli import export
from goflow.cli.main import run_command
from goflow.cli.new_file import write_new
from goflow.errors import UsageError
from goflow.events import Fact, RunFinished, RunStatus
from goflow.journal.bundle_file import bundle_of, survey
from goflow.journal.lock import hold
from tests.unit.journal.facts import claimed, started
from tests.unit.journal.whole_runs import BEGUN, STORY, answered, keep

RUN = Path("run")


def names_here() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def test_an_export_goes_to_stdout_and_what_it_has_is_said(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    keep(RUN)

    assert run_command(["export", "run"]) == 0

    said = capsysbinary.readouterr()
    assert said.out == b"".join(bundle_of(survey(RUN)))
    assert said.err == b"exported run r-7f3a9c21, completed: 7 events, 3 sources, 2 long texts\n"


def test_it_is_written_in_pieces(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(RUN)
    monkeypatch.setattr(export, "PIECE", 100)

    assert run_command(["export", "run"]) == 0

    assert capsysbinary.readouterr().out == b"".join(bundle_of(survey(RUN)))


def test_a_file_is_new_and_private_and_not_replaced_unasked(capsys: pytest.CaptureFixture[str]) -> None:
    keep(RUN)

    assert run_command(["export", "run", "-o", "run.jsonl"]) == 0
    first = Path("run.jsonl").read_bytes()
    assert Path("run.jsonl").stat().st_mode & 0o777 == 0o600
    Path("run.jsonl").write_text("mine")
    capsys.readouterr()

    assert run_command(["export", "run", "-o", "run.jsonl"]) == 2
    assert capsys.readouterr().err == "error: `run.jsonl` is there already\nhelp: `--force` replaces it\n"
    assert Path("run.jsonl").read_text() == "mine"
    assert run_command(["export", "run", "-o", "run.jsonl", "--force"]) == 0
    assert Path("run.jsonl").read_bytes() == first
    assert names_here() == ["run", "run.jsonl"]


def test_a_device_may_be_written_to_unasked() -> None:
    keep(RUN)

    assert run_command(["export", "run", "-o", os.devnull]) == 0

    assert Path(os.devnull).is_char_device()


def test_a_broken_journal_leaves_no_file_and_no_draft(capsys: pytest.CaptureFixture[str]) -> None:
    keep(RUN)
    blob = min((RUN / "blobs").iterdir())
    blob.write_bytes(b"other")

    assert run_command(["export", "run", "-o", "run.jsonl"]) == 1

    assert "has been changed" in capsys.readouterr().err
    assert names_here() == ["run"]


def test_a_file_that_comes_meanwhile_is_not_replaced() -> None:
    path = Path("late")

    def pieces() -> list[bytes]:
        path.write_text("mine")
        return [b"ours"]

    with pytest.raises(UsageError, match="is there already"):
        write_new(path, (piece for piece in pieces()), may_replace=False)

    assert path.read_text() == "mine"
    assert names_here() == ["late"]


@pytest.mark.parametrize("target", [".", "no/where"])
def test_a_file_that_cannot_be_made_is_refused_first(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["export", "run", "-o", target]) == 2
    assert f"cannot write `{target}`" in capsys.readouterr().err


def test_a_run_that_has_not_ended_is_exported_and_it_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    begun: list[Fact] = [BEGUN, claimed(1), started("a"), answered("a", "1")]
    keep(RUN, begun)

    assert run_command(["export", "run", "-o", "one"]) == 0
    assert capsys.readouterr().err == (
        "exported run r-7f3a9c21, running: 4 events, 3 sources\n"
        "the run has not ended, and can be resumed: the export has what is durable now\n"
    )
    with hold(RUN, "r-7f3a9c21"):
        assert run_command(["export", "run", "-o", "two"]) == 0
    assert capsys.readouterr().err.endswith(
        "the run is going on: the export has what was durable when it was made\n"
    )
    assert Path("one").read_bytes() == Path("two").read_bytes()

    keep(Path("waiting"), [*begun, RunFinished(status=RunStatus.WAITING)])
    assert run_command(["export", "waiting", "-o", "three"]) == 0
    assert "can be resumed" in capsys.readouterr().err


def test_a_failed_run_is_over(capsys: pytest.CaptureFixture[str]) -> None:
    keep(RUN, [*STORY[:-1], RunFinished(status=RunStatus.FAILED)])

    assert run_command(["export", "run", "-o", "run.jsonl"]) == 0

    said = capsys.readouterr().err
    assert said == "exported run r-7f3a9c21, failed: 7 events, 3 sources, 2 long texts\n"


def test_a_run_without_an_event_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    RUN.mkdir()
    (RUN / "events.jsonl").write_bytes(b"")

    assert run_command(["export", "run"]) == 1

    assert capsys.readouterr().err == (
        "error: `run` holds no event of a run\nhelp: there is nothing to export\n"
    )
