"""Signals, `cancel` and the run's own clock; then `resume`."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from tests.flows.goflow_process import goflow, going, made_equal

WORKFLOW = """
name: stop
steps:
  - {id: quick, prompt: one}
  - {id: next, prompt: two, depends_on: [quick]}
"""


@pytest.fixture(autouse=True)
def _files() -> None:
    Path("stop.yaml").write_text(WORKFLOW, encoding="utf-8")
    Path("quick.yaml").write_text("default: {answer: done, delay: 300ms}\n", encoding="utf-8")
    Path("slow.yaml").write_text("default: {answer: late, delay: 60s}\n", encoding="utf-8")


def test_the_first_interrupt_lets_running_steps_end_and_starts_no_other() -> None:
    with going("run", "stop.yaml", "--mock=quick.yaml") as run:
        run.hear("quick started")
        run.process.send_signal(signal.SIGINT)
        done = run.end()

    assert done.code == 130
    assert done.stdout == b"# Workflow Results\n\n## Step: quick\n\ndone\n"
    assert made_equal(done.stderr, Path.cwd()) == (
        "HH:MM:SS run r-RUN stop: 2 steps, 2 levels\n"
        "HH:MM:SS quick started\n"
        "HH:MM:SS stopping (interrupted): running steps have 10s to end\n"
        "HH:MM:SS quick done       TIME\n"
        "interrupted with 1 of 2 steps done in TIME\n"
        "next: goflow resume r-RUN\n"
    )

    resumed = goflow("resume", "@last", "--progress", "none")
    assert (resumed.code, resumed.stdout) == (
        0,
        b"# Workflow Results\n\n## Step: quick\n\ndone\n\n## Step: next\n\ndone\n",
    )


def test_the_second_interrupt_stops_running_steps() -> None:
    with going("run", "stop.yaml", "--mock=slow.yaml") as run:
        run.hear("quick started")
        run.process.send_signal(signal.SIGINT)
        run.hear("stopping")
        run.process.send_signal(signal.SIGINT)
        done = run.end()

    assert done.code == 130
    assert "quick cancelled" in done.stderr
    assert "interrupted with 0 of 2 steps done" in done.stderr


def test_sigterm_stops_like_an_interrupt_and_has_its_own_exit_code() -> None:
    with going("run", "stop.yaml", "--mock=quick.yaml", "--progress", "plain") as run:
        run.hear("quick started")
        run.process.terminate()
        done = run.end()

    assert done.code == 143
    assert "terminated with 1 of 2 steps done" in done.stderr
    assert goflow("resume", "@last", "--progress", "none").code == 0


def test_a_signal_of_another_kind_is_the_second_one() -> None:
    with going("run", "stop.yaml", "--mock=slow.yaml") as run:
        run.hear("quick started")
        run.process.send_signal(signal.SIGINT)
        run.hear("stopping")
        run.process.terminate()
        done = run.end()

    assert done.code == 130
    assert "quick cancelled" in done.stderr


def test_an_interrupt_before_the_run_begins_is_quiet() -> None:
    Path("early").mkdir()
    Path("early/yaml.py").write_text(
        "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n", encoding="utf-8"
    )

    done = goflow("run", "stop.yaml", "--mock", environ={"PYTHONPATH": "early"})

    assert (done.code, done.stdout, done.stderr) == (130, b"", "")


def test_cancel_stops_a_run_from_another_process() -> None:
    Path("ask.yaml").write_text("default: {ask: {question: really?}}\n", encoding="utf-8")
    with going("run", "stop.yaml", "--mock=ask.yaml", stdin=subprocess.PIPE) as run:
        run_id = run.hear(" run r-").split()[2]
        run.hear("quick asks")
        told = goflow("cancel", run_id)
        run.hear("cancelled with 0 of 2 steps done")
        code = run.process.wait(timeout=30)

    assert (told.code, told.stderr) == (
        0,
        f"told run {run_id} to stop\nnext: goflow resume {run_id}\n",
    )
    assert code == 1
    assert goflow("resume", run_id, "--mock=quick.yaml", "--progress", "none").code == 0


def test_a_run_has_one_owner() -> None:
    with going("run", "stop.yaml", "--mock=slow.yaml") as run:
        run.hear("quick started")
        second = goflow("resume", "@last")
        run.process.kill()
        run.end()
    after = goflow("resume", "@last", "--mock=quick.yaml", "--progress", "none")

    assert second.code == 1
    assert "is owned by process" in second.stderr
    assert after.code == 0
