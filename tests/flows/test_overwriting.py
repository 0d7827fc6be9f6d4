"""Files that `-o` and `--record` must not take the place of, and those that they may."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.flows.goflow_process import goflow

WORKFLOW = "name: one\nagents: {x: {file: x.md}}\nsteps: [{id: only, agent: x, prompt: Go}]\n"
TEST = "cases: [{name: c, stubs: {only: a}, expect: {status: completed}}]\n"
RUN = ("run", "one.yaml", "--mock")


@pytest.fixture(autouse=True)
def _files() -> None:
    Path("one.yaml").write_text(WORKFLOW, encoding="utf-8")
    Path("one.test.yaml").write_text(TEST, encoding="utf-8")
    Path("x.md").write_text("---\nname: x\n---\nYou work.\n", encoding="utf-8")
    Path("notes.txt").write_text("mine", encoding="utf-8")
    Path("link.jsonl").symlink_to("notes.txt")
    Path("loop.jsonl").symlink_to("loop.jsonl")
    Path("lost.jsonl").symlink_to("nowhere/lost.jsonl")
    os.mkfifo("pipe.jsonl")


def refusal(*arguments: str) -> str:
    """Return why nothing is run."""
    kept = {path: path.read_bytes() for path in Path().iterdir() if path.is_file()}
    done = goflow(*arguments)

    assert done.code == 2, (done.stdout, done.stderr)
    assert {path: path.read_bytes() for path in kept} == kept
    assert not Path(".workflow-runs").exists()
    return done.stderr.splitlines()[0].removeprefix("error: ")


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        (("--record", "notes.txt"), "`notes.txt` is there already, and is no recording"),
        (("--record", "link.jsonl"), "`link.jsonl` is there already, and is no recording"),
        (("--record", "one.yaml"), "`one.yaml` is there already, and is no recording"),
        (("--record", "pipe.jsonl"), "cannot write `pipe.jsonl`: it is not a plain file"),
        (("--record", "loop.jsonl"), "cannot write `loop.jsonl`: too many levels of symbolic links"),
        (("--record", "x.jsonl", "-o", "./x.jsonl"), "`-o` and `--record` both name `x.jsonl`"),
        (("-o", "one.yaml"), "cannot write `one.yaml`: it is one of the files that are read"),
        (("-o", "x.md"), "cannot write `x.md`: it is one of the files that are read"),
    ],
)
def test_a_run_does_not_begin_where_its_files_cannot_be_written(flags: tuple[str, ...], why: str) -> None:
    assert refusal(*RUN, *flags) == why


def test_a_recording_is_not_left_to_a_link_that_leads_nowhere() -> None:
    assert refusal(*RUN, "--record", "lost.jsonl").endswith("/nowhere` does not exist")


@pytest.mark.parametrize("name", ["one.test.yaml", "one.yaml", "x.md"])
def test_a_report_does_not_take_the_place_of_what_is_tested(name: str) -> None:
    why = f"cannot write `{name}`: it is one of the files that are read"
    assert refusal("test", "--format", "junit", "-o", name) == why


def test_an_older_recording_and_an_empty_file_are_replaced() -> None:
    Path("empty.jsonl").touch()
    for name in ("empty.jsonl", "new.jsonl", "new.jsonl"):
        assert goflow(*RUN, "--record", name).code == 0
        assert goflow("verify", name).code == 0


def test_a_replay_does_not_write_over_what_it_replays() -> None:
    goflow(*RUN, "--record", "one.jsonl")
    done = goflow("run", "one.yaml", "--replay", "one.jsonl", "--record", "one.jsonl")

    assert done.code == 2
    assert done.stderr.startswith("error: cannot write `one.jsonl`: it is one of the files that are read\n")


def test_a_run_that_goes_on_and_one_that_is_done_again_can_be_recorded() -> None:
    Path("slow.yaml").write_text("default: {answer: done, delay: 3s}", encoding="utf-8")
    stopped = goflow("run", "one.yaml", "--mock=slow.yaml", "--timeout", "100ms", "--record", "r.jsonl")
    resumed = goflow("resume", "@last", "--timeout", "1m", "--record", "r.jsonl")
    again = goflow("rerun", "@last", "--failed", "--record", "again.jsonl")

    assert (stopped.code, resumed.code, again.code) == (6, 0, 0), resumed.stderr
    for name in ("r.jsonl", "again.jsonl"):
        replayed = goflow("run", "one.yaml", "--replay", name)
        assert replayed.code == 0, replayed.stderr
