"""Files that are no workflows, disks that are full, readers that go away: a clear word, never a traceback."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.goflow_process import GOFLOW, Done, goflow, going, tree

ONE = "name: one\nsteps:\n  - {id: only, prompt: Say something}\n"
RESULTS = b"# Workflow Results\n\n## Step: only\n\nmock output\n"


@pytest.fixture(autouse=True)
def _workflow() -> None:
    Path("one.yaml").write_text(ONE, encoding="utf-8")


def told(done: Done) -> str:
    """Return stderr of a command that found something wrong, and did nothing."""
    assert done.stdout == b""
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr
    return done.stderr


def test_a_binary_file_is_no_workflow() -> None:
    Path("binary.yaml").write_bytes(bytes(range(256)) * 16)

    done = goflow("run", "binary.yaml", "--mock")

    assert done.code == 2
    assert "binary.yaml" in told(done)


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    with Path("large.yaml").open("wb") as file:
        file.truncate(50 * 1024 * 1024)

    done = goflow("run", "large.yaml", "--mock")

    assert (done.code, told(done)) == (2, "error[GF001]: `large.yaml` is larger than 32 MB\n\n")


def test_a_pipe_is_not_waited_for() -> None:
    os.mkfifo("pipe.yaml")

    done = goflow("run", "pipe.yaml", "--mock")

    assert (done.code, told(done)) == (2, "error[GF001]: `pipe.yaml` is a pipe, not a file\n\n")


def test_an_alias_bomb_is_refused() -> None:
    levels = "".join(f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    Path("bomb.yaml").write_text(f"x-0: &a0 lol\n{levels}{ONE}", encoding="utf-8")

    done = goflow("run", "bomb.yaml", "--mock")

    assert done.code == 2
    assert "bomb.yaml" in told(done)


def test_a_folder_that_cannot_be_written_is_named_before_anything_runs() -> None:
    Path("taken").touch()

    done = goflow("run", "one.yaml", "--mock", "--audit-dir", "taken/runs")

    assert done.code == 2
    assert told(done) == (
        f"error: no run folder can be made in `{Path.cwd()}/taken/runs`: file exists\n"
        "help: choose another folder with `--audit-dir`\n"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has this device")
def test_results_that_cannot_be_written_are_an_error() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [GOFLOW, "run", "one.yaml", "--mock", "--progress", "none"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr == b"error: cannot write to stdout: no space left on device\n"


def test_a_file_of_results_that_cannot_be_written_is_an_error() -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("taken")

    done = goflow("run", "one.yaml", "--mock", "--progress", "none", "-o", "taken")

    assert done.code == 1
    assert told(done).startswith("error: cannot write `taken`: ")
    assert Path("taken").is_socket()


def test_a_pipe_of_results_is_written_to_and_not_replaced() -> None:
    os.mkfifo("results")
    with going("run", "one.yaml", "--mock", "-o", "results") as run:
        read = Path("results").read_bytes()
        done = run.end()

    assert (done.code, read) == (0, RESULTS)
    assert Path("results").is_fifo()


def test_a_disk_that_fills_up_stops_the_run_which_goes_on_when_there_is_room() -> None:
    steps = "".join(f"  - {{id: step-{n}, prompt: Say something}}\n" for n in range(40))
    Path("many.yaml").write_text(
        f"name: many\nconfig: {{max_concurrency: 1}}\nsteps:\n{steps}", encoding="utf-8"
    )
    Path("long.yaml").write_text(f"default: {'x' * 2000}\n", encoding="utf-8")

    done = subprocess.run(
        [GOFLOW, "run", "many.yaml", "--mock=long.yaml", "--progress", "none"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
    )
    resumed = goflow("resume", "@last", "--progress", "none")

    assert (done.returncode, done.stdout) == (1, "")
    assert "events.jsonl` cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert (resumed.code, resumed.stdout.count(b"## Step: ")) == (0, 40)


def test_a_reader_that_goes_away_does_not_change_how_the_run_ends() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [GOFLOW, "run", "one.yaml", "--mock", "--json"]

    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)

    assert done.returncode == 0
    assert done.stderr.splitlines()[-1].startswith("completed in ")
    assert "final_output.md" in tree(Path.cwd())


def test_nobody_needs_to_hear() -> None:
    command = [GOFLOW, "run", "one.yaml", "--mock"]
    script = "import os, sys; os.close(2); os.execv(sys.argv[1], sys.argv[1:])"

    done = subprocess.run([sys.executable, "-c", script, *command], stdout=subprocess.PIPE, check=False)

    assert (done.returncode, done.stdout) == (0, RESULTS)


def test_results_have_nowhere_to_go_without_stdout() -> None:
    command = [GOFLOW, "run", "one.yaml", "--mock", "--progress", "none"]
    script = "import os, sys; os.close(1); os.execv(sys.argv[1], sys.argv[1:])"

    done = subprocess.run([sys.executable, "-c", script, *command], stderr=subprocess.PIPE, check=False)

    assert (done.returncode, done.stderr) == (1, b"error: cannot write to stdout: it is closed\n")


def test_results_are_utf_8_whatever_the_terminal_speaks() -> None:
    Path("words.yaml").write_text("default: grüße ✓\n", encoding="utf-8")
    environ = {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}

    done = goflow("run", "one.yaml", "--mock=words.yaml", environ=environ)

    assert done.code == 0
    assert done.stdout.decode() == "# Workflow Results\n\n## Step: only\n\ngrüße ✓\n"


def test_a_defect_leaves_a_report_without_values() -> None:
    Path("broken").mkdir()
    Path("broken/yaml.py").write_text("raise RuntimeError('a broken library')\n", encoding="utf-8")

    done = goflow("run", "one.yaml", "--mock", "--inputs=token=secret", environ={"PYTHONPATH": "broken"})

    assert done.code == 70
    report = Path(done.stderr.strip().rpartition(" ")[2])
    text = report.read_text(encoding="utf-8")
    assert report.stat().st_mode & 0o777 == 0o600
    assert "goflow run --mock --inputs\n" in text
    assert "RuntimeError: a broken library" in text
    assert "secret" not in text


def test_a_broken_configuration_is_named() -> None:
    folder = Path(os.environ["XDG_CONFIG_HOME"]) / "goflow"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("modle = 'x'\n", encoding="utf-8")

    done = goflow("run", "one.yaml", "--mock")

    assert done.code == 2
    assert "config.toml" in told(done)
