"""Looking at runs while they go on, at a terminal, and through pipes that are closed."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.flows.goflow_process import GOFLOW, Going, goflow, going
from tests.flows.the_run import run_folder

WORKFLOW = """
name: two
steps:
  - {id: first, prompt: one}
  - {id: second, prompt: "two, after {{steps.first.output}}", depends_on: [first]}
"""
ASKS = """
answers:
  - {step: second, ask: {question: "Go on?", choices: [yes, no]}, answer: "they said {{answer}}"}
default: done
"""


@pytest.fixture(autouse=True)
def _files() -> None:
    Path("two.yaml").write_text(WORKFLOW, encoding="utf-8")
    Path("asks.yaml").write_text(ASKS, encoding="utf-8")


@contextmanager
def waiting_run() -> Iterator[Going]:
    """Start a run whose second step waits for a person."""
    with going("run", "two.yaml", "--mock=asks.yaml", stdin=subprocess.PIPE) as run:
        run.hear("asks")
        yield run


def answer(run: Going) -> None:
    """Let the run come to its end before its stdin is closed, which would be no answer."""
    assert goflow("answer", "@last", "1").code == 0
    run.hear("completed in")
    assert run.end().code == 0


@contextmanager
def follower(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [GOFLOW, "show", "@last", "--follow", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process: subprocess.Popen[bytes], words: bytes) -> bytes:
    assert process.stdout is not None
    seen = b""
    for line in iter(process.stdout.readline, b""):
        seen += line
        if words in line:
            return seen
    raise AssertionError(f"{words!r} was never printed: {seen!r}")


def test_a_run_is_followed_from_elsewhere_until_it_ends() -> None:
    with waiting_run() as run, follower() as watching:
        read_until(watching, b"second asks")
        answer(run)
        stdout, stderr = watching.communicate(timeout=30)

    assert (watching.returncode, stderr) == (0, b"")
    lines = [line.split()[:3] for line in stdout.decode().splitlines()]
    assert [line[1:] for line in lines[:2]] == [["second", "answered"], ["second", "done"]]
    assert lines[-1][0] == "completed"


def test_events_are_followed_as_lines_of_json() -> None:
    with waiting_run() as run, follower("--events") as watching:
        seen = read_until(watching, b"question.asked")
        answer(run)
        stdout, _ = watching.communicate(timeout=30)

    followed = [json.loads(line) for line in (seen + stdout).splitlines()]
    kept = [json.loads(line) for line in (run_folder() / "events.jsonl").read_bytes().splitlines()]
    assert followed == [{key: value for key, value in event.items() if key != "crc"} for event in kept]


def test_ctrl_c_ends_the_following_and_leaves_the_run_alone() -> None:
    with waiting_run() as run, follower() as watching:
        read_until(watching, b"second asks")
        os.killpg(watching.pid, signal.SIGINT)
        _, stderr = watching.communicate(timeout=30)
        assert (watching.returncode, stderr) == (130, b"")

        answer(run)


def test_a_run_that_is_killed_ends_the_following_with_the_way_on() -> None:
    with waiting_run() as run, follower() as watching:
        read_until(watching, b"second asks")
        os.killpg(run.process.pid, signal.SIGKILL)
        _, stderr = watching.communicate(timeout=30)

    assert watching.returncode == 0
    assert stderr.decode().startswith("nobody works on the run any more\nnext: goflow resume r-")


def test_a_reader_that_leaves_ends_the_following() -> None:
    with waiting_run() as run, follower("--events") as watching:
        read_until(watching, b"question.asked")
        assert watching.stdout is not None
        watching.stdout.close()
        answer(run)
        assert watching.wait(timeout=30) == 0


def test_a_run_that_goes_on_is_running_and_one_that_was_killed_is_interrupted() -> None:
    with waiting_run() as run:
        page = goflow("show", "@last").stdout.decode()
        assert "status    running\n" in page
        assert "second asks: Go on?" in page
        assert b"  running  " in goflow("runs").stdout
        assert goflow("show", "@last", "--step", "second").code == 0
        os.killpg(run.process.pid, signal.SIGKILL)
        run.process.wait(timeout=30)

    assert b"  interrupted  " in goflow("runs").stdout
    assert b"status    interrupted\n" in goflow("show", "@last").stdout


def test_a_run_that_waits_for_an_answer_says_so() -> None:
    assert goflow("run", "two.yaml", "--mock=asks.yaml", "--no-interactive").code == 5

    done = goflow("show", "@last")

    assert b"status    waiting (unanswered)\n" in done.stdout
    assert b"ANSWER, then goflow resume r-" in done.stdout
    assert b"  waiting  " in goflow("runs", "--status", "waiting").stdout


def at_terminal(*arguments: str) -> str:
    """Run the command at a terminal, and return what is on it."""
    outer, inner = pty.openpty()
    process = subprocess.Popen([GOFLOW, *arguments], stdin=inner, stdout=inner, stderr=inner)
    os.close(inner)
    seen = b""
    with process:
        try:
            while select.select([outer], [], [], 30)[0] and (chunk := os.read(outer, 4096)):
                seen += chunk
        except OSError:
            """The other side is closed."""
    os.close(outer)
    assert process.returncode == 0
    return seen.decode().replace("\r\n", "\n")


def test_a_terminal_gets_a_header_short_prompts_and_no_escapes() -> None:
    Path("evil.yaml").write_text(
        'answers:\n  - {step: first, answer: "\\e]0;title\\a\\e[31mred\\rover"}\n', encoding="utf-8"
    )
    long = "".join(f"      line {number}\n" for number in range(50))
    Path("one.yaml").write_text(f"name: one\nsteps:\n  - id: first\n    prompt: |\n{long}", encoding="utf-8")
    assert goflow("run", "one.yaml", "--mock=evil.yaml").code == 0

    header, line = at_terminal("runs").splitlines()
    assert " ".join(header.split()) == "ID STARTED WORKFLOW STATUS DONE FAILED TIME TOKENS COST"
    assert header.index("STATUS") == line.index("completed")
    assert at_terminal("show", "@last", "--output") == "redover\n"
    page = at_terminal("show", "@last", "--step", "first")
    assert "\x1b" not in page
    assert "  line 19\n  … 241 more characters: `--prompt` shows all\n" in page
    assert goflow("show", "@last", "--output").stdout == b"\x1b]0;title\x07\x1b[31mred\rover"
    assert "line 49\n" in goflow("show", "@last", "--step", "first").stdout.decode()


@pytest.mark.parametrize(
    "arguments", [("runs",), ("show", "@last"), ("show", "@last", "--output"), ("diff", "@last", "@last")]
)
def test_a_full_disk_behind_stdout_is_a_plain_failure(arguments: tuple[str, ...]) -> None:
    Path("only.yaml").write_text("name: only\nsteps: [{id: a, prompt: b}]\n", encoding="utf-8")
    assert goflow("run", "only.yaml", "--mock").code == 0

    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [GOFLOW, *arguments], stdout=full, stderr=subprocess.PIPE, check=False, timeout=30
        )

    assert (done.returncode, done.stderr) == (1, b"error: cannot write to stdout: no space left on device\n")


def test_runs_list_fast() -> None:
    """Keep a thousand runs listable in a moment: what is measured is what must not be done for each."""
    assert goflow("run", "two.yaml", "--mock").code == 0
    kept = run_folder()
    journal = (kept / "events.jsonl").read_bytes()
    for number in range(1000):
        folder = kept.parent / f"2026-01-01T00-{number // 60:02}-{number % 60:02}_two"
        folder.mkdir()
        (folder / "events.jsonl").write_bytes(journal)
    before = os.times()

    done = goflow("runs")

    after = os.times()
    assert len(done.stdout.splitlines()) == 1001
    assert after.children_user + after.children_system - before.children_user - before.children_system < 5


def test_a_run_that_has_lost_its_journal_is_shown_from_what_is_left() -> None:
    goflow("run", "two.yaml", "--mock")
    folder = run_folder()
    (folder / "events.jsonl").unlink()

    shown = goflow("show", "@last")

    assert shown.code == 0
    assert "has lost its journal: shown is what its other files tell" in shown.stderr
    page = shown.stdout.decode()
    assert "second  completed" in page
    assert "origin" not in page
    assert "next: goflow show " in page
    assert goflow("resume", "@last").code == 2
