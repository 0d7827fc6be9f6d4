"""A run of a workflow file that loses the power, from the first folder made to the last event."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

import goflow
from goflow.api import execute, prepare, prepare_resume
from goflow.errors import Fenced
from goflow.events import Failure, FailureKind
from goflow.journal.blobs import LONGEST_TEXT
from goflow.journal.reader import read_events
from goflow.testing import AutojumpClock, DroppingFiles, PowerLost, ScriptedBackend

WORKFLOW = """
name: dark
agents:
  writer: {file: writer.agent.md}
steps:
  - {id: plan, agent: writer, prompt: "Plan"}
  - {id: long, agent: writer, prompt: "Long {{steps.plan.output}}", depends_on: [plan], retry_count: 1}
  - {id: bad, agent: writer, prompt: "Bad", on_error: continue}
  - {id: report, agent: writer, prompt: "{{steps.long.output}}", depends_on: [long, bad]}
"""
BUSY = Failure(kind=FailureKind.OVERLOADED, message="busy")
LASTING = Failure(kind=FailureKind.REJECTED, message="no")
SCRIPT = {"plan": ("a plan",), "long": (BUSY, "long" * LONGEST_TEXT), "bad": (LASTING,), "report": ("end",)}
MID_RUN = 25
"""So many operations into the run, its journal is there and its first attempts are under way."""
NOON_MS = 1_800_000_000_000
HOUR_MS = 3_600_000


@pytest.fixture
def workflow() -> Path:
    Path("writer.agent.md").write_text("---\nname: writer\n---\nYou write.\n", encoding="utf-8")
    path = Path("dark.yaml")
    path.write_text(WORKFLOW, encoding="utf-8")
    return path


def new_backend() -> ScriptedBackend:
    return ScriptedBackend(SCRIPT)


def host(audit_dir: Path, backend: ScriptedBackend, files: DroppingFiles | None = None) -> goflow.Host:
    clock = AutojumpClock(NOON_MS)
    return goflow.this_host(
        audit_dir=audit_dir, backend=backend.open(), files=files or DroppingFiles(), clock=clock
    )


def run(workflow: Path, on: goflow.Host) -> goflow.Run:
    return asyncio.run(execute(prepare(workflow, {}, options=goflow.RunOptions(), host=on)))


def cut_off(workflow: Path, audit_dir: Path) -> None:
    with pytest.raises(PowerLost):
        run(workflow, host(audit_dir, new_backend(), DroppingFiles(MID_RUN)))


def go_on(on: goflow.Host) -> goflow.Run:
    return asyncio.run(execute(prepare_resume("@last", host=on)))


def texts(done: goflow.Run) -> dict[str, bytes]:
    """Return what a run has left for people."""
    assert done.folder is not None
    files = [*done.folder.glob("steps/*/*.md"), done.folder / "final_output.md"]
    return {str(path.relative_to(done.folder)): path.read_bytes() for path in files}


def journal_is_empty(audit_dir: Path) -> bool:
    return not any(read_events(folder) for folder in audit_dir.glob("*/"))


def test_a_run_that_loses_the_power_anywhere_goes_on_or_had_not_begun(workflow: Path) -> None:
    calm = run(workflow, host(Path("calm"), new_backend()))
    for operations in count():
        dark, light = new_backend(), new_backend()
        audit_dir = Path(f"runs-{operations}")
        try:
            run(workflow, host(audit_dir, dark, DroppingFiles(operations)))
        except* PowerLost:
            pass
        else:
            break

        if journal_is_empty(audit_dir):
            assert dark.requests == []
            again = run(workflow, host(audit_dir, light))
        else:
            again = go_on(host(audit_dir, light))
        assert again.outputs == calm.outputs
        assert texts(again) == texts(calm)
        assert again.folder is not None
        assert not list(again.folder.rglob("*.tmp"))
    assert operations > 30


def test_whoever_read_the_journal_before_another_went_on_touches_nothing(workflow: Path) -> None:
    audit_dir = Path("runs")
    cut_off(workflow, audit_dir)
    late = new_backend()
    prepared = prepare_resume("@last", host=host(audit_dir, late))
    done = go_on(host(audit_dir, new_backend()))
    before = texts(done)

    with pytest.raises(Fenced, match="another process has gone on with run r-") as refused:
        asyncio.run(execute(prepared))

    assert refused.value.help == f"`goflow resume {done.run_id}` goes on from there"
    assert late.requests == []
    assert texts(done) == before


def test_a_run_resumed_by_a_machine_whose_clock_is_behind_does_not_wait_for_it(workflow: Path) -> None:
    audit_dir = Path("runs")
    cut_off(workflow, audit_dir)
    clock = AutojumpClock(NOON_MS - HOUR_MS)
    done = go_on(replace(host(audit_dir, new_backend()), clock=clock))

    assert done.folder is not None
    times = [event.at_ms for event in read_events(done.folder)]
    assert times == sorted(times)
    assert times[-1] > NOON_MS
    assert clock.now_ms() < NOON_MS - HOUR_MS // 2
