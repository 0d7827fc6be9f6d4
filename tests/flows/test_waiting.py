"""`resume --wait`: a run that was laid aside for a quota goes on by itself, or stays as it is."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from pathlib import Path

import pytest

from goflow import api
from goflow.events import StopReason
from goflow.runner.clock import SystemClock
from tests.flows.goflow_process import GOFLOW, Going, goflow

WORKFLOW = "name: quota\nsteps:\n- {id: a, prompt: x}\n- {id: b, prompt: y}\n"
FOR_AN_HOUR = "answers:\n- {step: b, fail: quota_exhausted, retry_after: 1h}\ndefault: fine\n"


class SlowClock(SystemClock):
    """The system's clock, an hour behind but for some seconds."""

    def now_ms(self) -> int:
        return super().now_ms() - 3_598_000


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "quota.yaml").write_text(WORKFLOW)
    (tmp_path / "for-an-hour.yaml").write_text(FOR_AN_HOUR)
    (tmp_path / "fine.yaml").write_text("default: fine\n")
    return tmp_path


def lay_aside(work: Path, clock: SystemClock) -> Path:
    host = api.this_host(cwd=work, clock=clock, mock_script=Path("for-an-hour.yaml"))
    options = api.RunOptions(backend="mock")
    prepared = api.prepare(work / "quota.yaml", {}, options=options, host=host)
    run = asyncio.run(api.execute(prepared))
    assert run.view.reason is StopReason.QUOTA
    assert run.folder is not None
    return run.folder


def waiting(folder: Path, *flags: str) -> Going:
    command = [GOFLOW, "resume", str(folder), "--wait", *flags]
    pipe = subprocess.PIPE
    return Going(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=folder.parent.parent))


def test_a_run_goes_on_by_itself_when_the_quota_is_there_again(work: Path) -> None:
    folder = lay_aside(work, SlowClock())

    going = waiting(folder, f"--mock={work / 'fine.yaml'}")
    going.hear("for the quota")
    done = going.end()

    assert done.code == 0, done.stderr
    assert b"## Step: b\n\nfine" in done.stdout


def test_who_waits_can_leave_and_the_run_is_as_it_was(work: Path) -> None:
    folder = lay_aside(work, SystemClock())
    before = (folder / "events.jsonl").read_bytes()

    going = waiting(folder)
    said = going.hear("for the quota")
    os.kill(going.process.pid, signal.SIGINT)
    done = going.end()

    assert "waiting 59m 5" in said or "waiting 1h 00m" in said
    assert done.code == 130
    assert "Traceback" not in done.stderr
    assert (folder / "events.jsonl").read_bytes() == before


def test_a_run_that_waits_for_nothing_goes_on_at_once(work: Path) -> None:
    assert goflow("run", "quota.yaml", "--mock=for-an-hour.yaml", cwd=work).code == 6
    assert goflow("resume", "@last", "--mock=fine.yaml", cwd=work).code == 0

    done = goflow("resume", "@last", "--wait", cwd=work)

    assert done.code == 0
    assert "waiting" not in done.stderr


def test_waiting_and_leaving_do_not_go_together(work: Path) -> None:
    done = goflow("resume", "@last", "--wait", "--detach", cwd=work)

    assert done.code == 2
    assert "`--detach` and `--wait` do not go together" in done.stderr
