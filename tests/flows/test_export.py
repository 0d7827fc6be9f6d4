"""A run in one file, checked and damaged; old runs removed while another goes on."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from tests.flows.goflow_process import Going, goflow, going, made_equal

WORKFLOW = """
name: two
steps:
  - {id: first, prompt: one}
  - {id: second, prompt: "two, after {{steps.first.output}}", depends_on: [first]}
"""
MOCK = 'default: "{{prompt}}"\n'
SLOW = 'answers: [{step: second, delay: 60s}]\ndefault: "{{prompt}}"\n'
RESULTS = "# Workflow Results\n\n## Step: first\n\none\n\n## Step: second\n\ntwo, after one\n"


@pytest.fixture(autouse=True)
def _files() -> None:
    Path("two.yaml").write_text(WORKFLOW, encoding="utf-8")
    Path("mock.yaml").write_text(MOCK, encoding="utf-8")
    Path("slow.yaml").write_text(SLOW, encoding="utf-8")


def said(text: bytes | str) -> str:
    return made_equal(text if isinstance(text, str) else text.decode(), Path.cwd())


def kill(run: Going) -> None:
    os.killpg(run.process.pid, signal.SIGKILL)
    run.end()


def test_a_run_is_exported_and_found_whole() -> None:
    assert goflow("run", "two.yaml", "--mock=mock.yaml").code == 0

    exported = goflow("export", "@last", "-o", "two.jsonl")
    printed = goflow("export", "@last")
    verified = goflow("verify", "two.jsonl")

    assert (exported.code, exported.stdout) == (0, b"")
    assert said(exported.stderr) == "exported run r-RUN, completed: 7 events, 2 sources\n"
    assert printed.stdout == Path("two.jsonl").read_bytes()
    digest = json.loads(printed.stdout.splitlines()[-1])["hash"]
    assert (verified.code, verified.stderr) == (0, "")
    told = f"two.jsonl: run r-RUN, completed: 7 events, 2 sources, last hash {digest}\n"
    assert said(verified.stdout).lstrip("✓ok ") == told.lstrip("ok ")
    assert goflow("export", "@last", "-o", "two.jsonl").code == 2
    assert goflow("export", "@last", "-o", "two.jsonl", "--force").code == 0


def test_a_file_that_was_cut_off_says_so() -> None:
    assert goflow("run", "two.yaml", "--mock=mock.yaml").code == 0
    whole = goflow("export", "@last").stdout
    Path("cut.jsonl").write_bytes(whole[: whole.rindex(b'{"kind":"end"')])

    done = goflow("verify", "cut.jsonl")

    assert (done.code, done.stderr) == (1, "")
    assert done.stdout.decode().splitlines()[0] == (
        "line 11: the line that ends an export is missing: the file was cut off"
    )
    assert done.stdout.decode().endswith("1 thing is wrong; its first 7 events are whole\n")


def test_a_run_is_exported_while_it_goes_on_and_after_it_was_killed() -> None:
    with going("run", "two.yaml", "--mock=slow.yaml") as run:
        run.hear("second started")
        live = goflow("export", "@last", "-o", "live.jsonl")
        verified = goflow("verify", "@last")
        kill(run)
    dead = goflow("export", "@last", "-o", "dead.jsonl")

    assert said(live.stderr) == (
        "exported run r-RUN, running: 5 events, 2 sources\n"
        "the run is going on: the export has what was durable when it was made\n"
    )
    assert said(dead.stderr).endswith("and can be resumed: the export has what is durable now\n")
    assert Path("live.jsonl").read_bytes() == Path("dead.jsonl").read_bytes()
    assert (verified.code, goflow("verify", "dead.jsonl").code, goflow("verify", "@last").code) == (0, 0, 0)


def test_what_is_whole_of_a_damaged_run_is_saved_and_gone_on_with() -> None:
    assert goflow("run", "two.yaml", "--mock=mock.yaml").code == 0
    [folder] = Path(".workflow-runs").iterdir()
    journal = folder / "events.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"two, after", b"TWO, after", 1))

    refused = goflow("resume", "@last")
    saved = goflow("verify", "@last", "--salvage", "saved")
    resumed = goflow("resume", "saved", "--progress", "none")

    assert (refused.code, refused.stdout) == (1, b"")
    assert said(refused.stderr) == (
        "error: line 5 of `$WORK/.workflow-runs/STARTED_two/events.jsonl` cannot be read: "
        "it was changed, for its checksum does not match\n"
        "help: the 4 events before it are whole: "
        "`goflow verify $WORK/.workflow-runs/STARTED_two --salvage DIR` keeps them\n"
    )
    assert (saved.code, said(saved.stderr)) == (1, "saved 4 events in `saved`\nnext: goflow resume saved\n")
    assert (resumed.code, resumed.stdout.decode()) == (0, RESULTS)
    assert goflow("verify", "saved").code == 0


def test_old_runs_go_while_another_goes_on() -> None:
    for _ in range(2):
        assert goflow("run", "two.yaml", "--mock=mock.yaml").code == 0
    with going("run", "two.yaml", "--mock=slow.yaml") as run:
        run.hear("second started")
        would = goflow("prune", "--older-than", "0s", "--dry-run")
        done = goflow("prune", "--older-than", "0s")
        [left] = Path(".workflow-runs").iterdir()
        kill(run)

    assert (would.code, done.code) == (0, 0)
    assert would.stdout == done.stdout
    assert len(done.stdout.splitlines()) == 2
    assert would.stderr.replace("would remove", "removed") == done.stderr
    assert done.stderr.startswith("removed 2 runs, ")
    assert goflow("prune", "--older-than", "0s").stderr == "no run matches\n"
    assert goflow("resume", str(left), "--mock=mock.yaml", "--allow-changed").stdout.decode() == RESULTS


def test_without_a_criterion_nothing_goes() -> None:
    assert goflow("run", "two.yaml", "--mock=mock.yaml").code == 0

    done = goflow("prune")

    assert (done.code, done.stdout) == (2, b"")
    assert done.stderr.startswith("error: nothing says which runs are to go\nhelp: ")
    assert len(list(Path(".workflow-runs").iterdir())) == 1
