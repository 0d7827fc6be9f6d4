"""Runs that go on by themselves: what starts them, what they outlive, and how they are spoken to."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from goflow.journal.lock import is_owned
from tests.flows.detached_runs import (
    LOG,
    folder_of,
    id_of,
    none_left,
    process_of,
    run_folders,
    start,
    wait_for_end,
)
from tests.flows.goflow_process import GOFLOW, LONGEST_S, goflow, made_equal
from tests.flows.person import person

WORKFLOW = """
name: two
inputs:
  token: {secret: true, default: none}
steps:
  - {id: first, prompt: "one {{inputs.token}}"}
  - {id: second, prompt: "two, after {{steps.first.output}}", depends_on: [first]}
"""
ASKS = """
answers:
  - {step: second, ask: {question: "Go on?", choices: [yes, no]}, answer: "they said {{answer}}"}
default: done
"""
WRITES = """
name: writes
agents: {writer: {inline: {prompt: "You write.", tools: [create_file]}}}
steps:
  - {id: note, agent: writer, prompt: Write a note.}
"""
CALLS = """
answers:
  - step: note
    calls: [{tool: create_file, arguments: {path: note.txt, content: hello}}]
    answer: "{{result}}"
"""
TRUSTED = f"permissions: {{allow: ['write(note.txt)']}}\n{WRITES}"
RUN = ("run", "two.yaml", "--mock=asks.yaml")
SAID_YES = "# Workflow Results\n\n## Step: first\n\ndone\n\n## Step: second\n\nthey said yes\n"
SECRET = "canary-7f2e"


@pytest.fixture(autouse=True)
def _files() -> Iterator[None]:
    for name, text in {"two": WORKFLOW, "asks": ASKS, "writes": WRITES, "calls": CALLS}.items():
        Path(f"{name}.yaml").write_text(text, encoding="utf-8")
    with none_left():
        yield


def follow(run_id: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([GOFLOW, "show", run_id, "--follow"], stdout=subprocess.PIPE)


def status_of(run_id: str) -> str:
    page = goflow("show", run_id).stdout.decode()
    [status] = [line.removeprefix("status    ") for line in page.splitlines() if line.startswith("status ")]
    return status


def wait_for_question(run_id: str) -> None:
    """Follow a run until it asks somebody."""
    with follow(run_id) as following:
        assert following.stdout is not None
        asked = any(b" asks " in line for line in iter(following.stdout.readline, b""))
        following.kill()
    assert asked


def answer(run_id: str) -> None:
    """Answer a run's question and wait for the end of its process."""
    wait_for_question(run_id)
    process = process_of(folder_of(run_id))
    assert goflow("answer", run_id, "1").code == 0
    wait_for_end(process)


def test_a_detached_run_is_named_followed_and_answered_from_elsewhere() -> None:
    started = goflow(*RUN, "--detach")
    run_id = id_of(started)
    assert made_equal(started.stderr, Path.cwd()).endswith(
        "\nrun r-RUN goes on by itself in .workflow-runs/STARTED_two\n"
        "next: goflow show r-RUN --follow\n"
        "      goflow answer r-RUN\n"
        "      goflow cancel r-RUN\n"
    )

    with follow(run_id) as following:
        answer(run_id)
        lines, _ = following.communicate(timeout=LONGEST_S)

    assert lines.decode().splitlines()[-1].startswith("completed in ")
    folder = folder_of(run_id)
    assert (folder / "final_output.md").read_text() == SAID_YES
    log = (folder / LOG).read_text()
    assert log.splitlines()[0].endswith(f"run {run_id} two: 2 steps, 2 levels")
    assert log.endswith(SAID_YES)


def test_a_detached_run_is_in_a_session_of_its_own_and_holds_nothing_of_who_started_it() -> None:
    reads, writes = os.pipe()
    started = subprocess.run([GOFLOW, *RUN, "--detach"], check=True, capture_output=True, pass_fds=[writes])
    os.close(writes)

    os.set_blocking(reads, False)
    assert os.read(reads, 1) == b""
    os.close(reads)
    run_id = started.stdout.decode().strip()
    wait_for_question(run_id)
    process = process_of(folder_of(run_id))
    assert os.getsid(process) == process
    held = [str(name.readlink()) for name in Path(f"/proc/{process}/fd").iterdir() if name.name in "012"]
    log = str((folder_of(run_id) / LOG).resolve())
    assert sorted(held) == sorted(["/dev/null", log, log])


def test_a_detached_run_outlives_its_terminal() -> None:
    with person(*RUN, "--detach") as someone:
        code, stdout = someone.end()
    run_id = stdout.decode().strip()

    assert code == 0
    assert is_owned(folder_of(run_id))
    answer(run_id)
    assert status_of(run_id) == "completed"


def test_trust_is_asked_for_at_the_terminal_and_ctrl_c_there_starts_nothing() -> None:
    Path("writes.yaml").write_text(TRUSTED, encoding="utf-8")

    with person("run", "writes.yaml", "--mock=calls.yaml", "--detach") as someone:
        someone.wait_for("Trust this folder?")
        someone.wait_for("(ctrl-d: no): ")
        someone.type("\x03")
        assert someone.end() == (130, b"")
    assert run_folders() == []

    with person("run", "writes.yaml", "--mock=calls.yaml", "--detach") as someone:
        someone.wait_for("(ctrl-d: no): ")
        someone.type("2\n")
        code, stdout = someone.end()
    assert code == 0
    wait_for_end(process_of(folder_of(stdout.decode().strip())))
    assert Path("note.txt").read_text() == "hello"


def test_a_run_that_is_killed_before_it_has_begun_is_told_of() -> None:
    Path("writes.yaml").write_text(TRUSTED, encoding="utf-8")

    with person("run", "writes.yaml", "--mock=calls.yaml", "--detach") as someone:
        someone.wait_for("(ctrl-d: no): ")
        starter = someone.process.pid
        os.kill(int(Path(f"/proc/{starter}/task/{starter}/children").read_text()), signal.SIGKILL)
        code, stdout = someone.end()

    assert (code, stdout) == (1, b"")
    assert "error: SIGKILL ended the run's process before the run had begun\n" in someone.seen
    assert run_folders() == []


def test_a_tool_call_waits_for_leave_from_elsewhere() -> None:
    run_id = start("run", "writes.yaml", "--mock=calls.yaml")
    wait_for_question(run_id)
    assert not Path("note.txt").exists()

    answer(run_id)

    assert Path("note.txt").read_text() == "hello"
    assert status_of(run_id) == "completed"


def test_a_detached_run_that_is_to_ask_nobody_stops_at_a_question() -> None:
    run_id = start(*RUN, "--no-interactive")
    wait_for_end(process_of(folder_of(run_id)))

    assert status_of(run_id) == "waiting (unanswered)"


def test_answers_from_a_file_come_first() -> None:
    Path("given.yaml").write_text("second: 1\n", encoding="utf-8")

    run_id = start(*RUN, "--answers", "given.yaml")
    wait_for_end(process_of(folder_of(run_id)))

    assert (folder_of(run_id) / "final_output.md").read_text() == SAID_YES


@pytest.mark.parametrize(
    "broken", [("run", "no-such-file.yaml"), ("run", "asks.yaml", "--mock"), ("run", "two.yaml", "-j", "x")]
)
def test_what_run_refuses_is_told_in_the_same_words_and_starts_nothing(broken: tuple[str, ...]) -> None:
    here, apart = goflow(*broken), goflow(*broken, "--detach")

    assert (apart.code, apart.stdout, apart.stderr) == (2, b"", here.stderr)
    assert run_folders() == []


@pytest.mark.parametrize("flag", ["--json", "--stream", "--interactive"])
def test_flags_for_somebody_who_stays_do_not_go_with_it(flag: str) -> None:
    done = goflow(*RUN, "--detach", flag)

    assert (done.code, done.stdout) == (2, b"")
    first, help_ = done.stderr.splitlines()
    assert first == f"error: `--detach` and `{flag}` do not go together"
    assert help_.startswith("help: ")
    assert run_folders() == []


def test_a_run_that_another_process_owns_is_refused_and_left_alone() -> None:
    run_id = start(*RUN)
    wait_for_question(run_id)
    log = (folder_of(run_id) / LOG).read_bytes()

    done = goflow("resume", run_id, "--detach")

    assert (done.code, done.stdout) == (1, b"")
    owner = process_of(folder_of(run_id))
    assert f"\nerror: run `{run_id}` is owned by process {owner} on host " in done.stderr
    assert (folder_of(run_id) / LOG).read_bytes() == log
    answer(run_id)
    assert status_of(run_id) == "completed"


def test_a_detached_run_is_cancelled_from_elsewhere() -> None:
    run_id = start(*RUN)
    wait_for_question(run_id)
    process = process_of(folder_of(run_id))

    assert goflow("cancel", run_id).code == 0
    wait_for_end(process)

    assert status_of(run_id) == "interrupted (cancelled)"


def test_a_detached_run_that_is_killed_goes_on_detached() -> None:
    run_id = start(*RUN)
    wait_for_question(run_id)
    killed = process_of(folder_of(run_id))
    os.kill(killed, signal.SIGKILL)
    wait_for_end(killed)

    assert start("resume", run_id) == run_id
    answer(run_id)

    assert (folder_of(run_id) / "final_output.md").read_text() == SAID_YES
    assert (folder_of(run_id) / LOG).read_text().count(f"run {run_id} two") == 2


def test_a_run_is_done_again_detached() -> None:
    first = start(*RUN)
    answer(first)

    second = start("rerun", first, "--from", "second", "-i", "token=none")
    answer(second)

    assert second != first
    assert (folder_of(second) / "final_output.md").read_text() == SAID_YES


def test_resuming_a_run_that_is_over_gives_its_results_at_once() -> None:
    run_id = start(*RUN)
    answer(run_id)

    done = goflow("resume", run_id, "--detach")

    assert (done.code, done.stdout.decode()) == (0, SAID_YES)


def test_two_runs_are_detached_at_once() -> None:
    pipe = subprocess.PIPE
    starters = [subprocess.Popen([GOFLOW, *RUN, "--detach"], stdout=pipe, stderr=pipe) for _ in range(2)]
    ids = [starter.communicate(timeout=LONGEST_S)[0].decode().strip() for starter in starters]

    assert len(set(ids)) == 2
    for run_id in ids:
        answer(run_id)
        assert (folder_of(run_id) / "final_output.md").read_text() == SAID_YES


def test_a_secret_input_stands_in_no_command_line_and_in_no_file() -> None:
    run_id = start(*RUN, "-i", f"token={SECRET}")
    wait_for_question(run_id)
    process = process_of(folder_of(run_id))
    words = Path(f"/proc/{process}/cmdline").read_bytes()
    assert b"token=***" in words
    assert SECRET.encode() not in words

    answer(run_id)

    files = [path for path in Path().rglob("*") if path.is_file()]
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]
    assert "one ***" in (folder_of(run_id) / "steps/00_first/prompt.md").read_text()


def test_a_run_whose_beginning_cannot_be_kept_is_told_at_the_terminal() -> None:
    limited = ["sh", "-c", 'ulimit -f 1; exec "$@"', "sh", GOFLOW, *RUN, "--detach"]

    done = subprocess.run(limited, check=False, capture_output=True, timeout=LONGEST_S)

    assert (done.returncode, done.stdout) == (1, b"")
    assert b"it would grow beyond the size that files may have" in done.stderr


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (Path.mkdir, "is a directory"),
        (os.mkfifo, "no such device or address"),
        (lambda log: log.symlink_to("elsewhere"), "too many levels of symbolic links"),
    ],
    ids=["folder", "pipe", "link"],
)
def test_a_log_that_cannot_be_written_starts_nothing(make: Callable[[Path], None], why: str) -> None:
    assert goflow(*RUN, "--no-interactive").code == 5
    [folder] = run_folders()
    make(folder / LOG)
    journal = (folder / "events.jsonl").read_bytes()

    done = goflow("resume", "@last", "--detach")

    assert (done.code, done.stdout) == (1, b"")
    assert f"{LOG}` cannot be written: {why}" in done.stderr
    assert (folder / "events.jsonl").read_bytes() == journal
