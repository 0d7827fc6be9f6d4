"""Full and read-only disks, damaged journals, owners that come at once: a clear word, and nothing lost."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from goflow.cli.main import run_command
from goflow.events import StepCompleted
from goflow.journal.reader import read_events
from tests.flows.goflow_process import GOFLOW, Done, goflow, going
from tests.flows.scripted_server import KEY, KEY_VARIABLE, Gate, Script, Scripted, scripted_server
from tests.model_server import chat

QUIET = ("--progress", "none")
MANY = 30
LONG = "x" * 2000
STEPS = "".join(f"  - {{id: step-{n}, prompt: Say something}}\n" for n in range(MANY))


@pytest.fixture(autouse=True)
def _files() -> None:
    Path("many.yaml").write_text(f"name: many\nconfig: {{max_concurrency: 1}}\nsteps:\n{STEPS}", "utf-8")
    Path("long.yaml").write_text(f"default: {LONG}\n", encoding="utf-8")


def told(done: Done) -> str:
    """Return stderr of a command that could not do what it was to."""
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr
    return done.stderr


# A disk that is full


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """Give a file system of 64 KB of its own."""
    folder = Path("small")
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "goflow-test", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"no file system can be mounted here: {error}")
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_stops_the_run_and_loses_nothing(small_disk: Path) -> None:
    done = goflow("run", "many.yaml", "--mock=long.yaml", "--audit-dir", "small", *QUIET)
    [folder] = small_disk.iterdir()
    ended = ends(folder)
    still_full = goflow("resume", "@last", "--audit-dir", "small", *QUIET)
    subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
    resumed = goflow("resume", "@last", "--audit-dir", "small", *QUIET)

    assert (done.code, done.stdout) == (1, b"")
    assert "cannot be written: no space is left" in told(done)
    assert "free some space, then `goflow resume" in done.stderr
    assert 0 < len(ended) < MANY
    assert still_full.code == 1
    assert "no space is left" in told(still_full)
    assert (resumed.code, resumed.stdout.count(LONG.encode())) == (0, MANY)
    assert set(ends(folder).values()) == {1}
    assert len(ends(folder)) == MANY
    assert goflow("verify", "@last", "--audit-dir", "small").code == 0


def ends(folder: Path) -> Counter[str]:
    """Return how often each step was completed."""
    return Counter(event.fact.step for event in read_events(folder) if isinstance(event.fact, StepCompleted))


def test_on_a_disk_without_any_room_nothing_begins(small_disk: Path) -> None:
    with suppress(OSError):
        (small_disk / "filler").write_bytes(bytes(100_000))

    done = goflow("run", "many.yaml", "--mock=long.yaml", "--audit-dir", "small", *QUIET)

    assert (done.code, done.stdout) == (2, b"")
    assert "no space is left" in told(done)
    assert [path.name for path in small_disk.iterdir()] == ["filler"]


# A folder that is read-only


def test_a_run_on_a_read_only_disk_can_be_looked_at_and_goes_on_once_it_is_writable(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
    failing = f"answers: [{{step: step-3, fail: rejected}}]\ndefault: {LONG}\n"
    Path("failing.yaml").write_text(failing, encoding="utf-8")
    assert goflow("run", "many.yaml", "--mock=failing.yaml", "--audit-dir", "small", *QUIET).code in {1, 3}
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)

    refused = goflow("resume", "@last", "--mock=long.yaml", "--audit-dir", "small", *QUIET)
    begun = goflow("run", "many.yaml", "--mock=long.yaml", "--audit-dir", "small", *QUIET)
    looked = [goflow(*verb, "--audit-dir", "small") for verb in LOOKS]
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    resumed = goflow("resume", "@last", "--mock=long.yaml", "--audit-dir", "small", *QUIET)

    assert (refused.code, refused.stdout) == (1, b"")
    assert re.search(
        r"cannot be written: its file system is read-only\nhelp: make it writable", told(refused)
    )
    assert begun.code == 2
    assert "its file system is read-only" in told(begun)
    assert [done.code for done in looked] == [0, 0, 0]
    assert resumed.code == 0, resumed.stderr


# A journal that is damaged

LOOKS = (["runs"], ["show", "@last"], ["verify", "@last"])
VERBS = (["resume"], ["show"], ["verify"])


@pytest.fixture
def a_run() -> Path:
    """Return the folder of a run that has ended."""
    Path("few.yaml").write_text(
        "name: few\nsteps:\n  - {id: a, prompt: one}\n"
        "  - {id: b, prompt: 'after {{steps.a.output}}', depends_on: [a]}\n",
        encoding="utf-8",
    )
    Path("mock.yaml").write_text('default: "said {{prompt}}"\n', encoding="utf-8")
    assert goflow("run", "few.yaml", "--mock=mock.yaml", *QUIET).code == 0
    [folder] = Path(".workflow-runs").iterdir()
    return folder


def test_a_flipped_bit_is_told_by_line_and_what_is_whole_is_saved_and_gone_on_with(a_run: Path) -> None:
    journal = a_run / "events.jsonl"
    content = bytearray(journal.read_bytes())
    undisturbed = goflow("show", "@last", "--output").stdout
    place = content.index(b'"step.completed"') + 4
    content[place] ^= 1
    number = content[:place].count(b"\n") + 1
    journal.write_bytes(content)

    looked = [goflow(*verb, str(a_run)) for verb in VERBS]
    listed = goflow("runs")
    saved = goflow("verify", str(a_run), "--salvage", "saved")
    resumed = goflow("resume", "saved", *QUIET)

    for done in looked:
        assert done.code == 1
        assert re.search(rf"line {number}\b", told(done) + done.stdout.decode()), done
    assert re.search(rf"line {number}\b", told(listed))
    assert "saved" in saved.stderr
    assert resumed.code == 0, resumed.stderr
    assert goflow("show", "saved", "--output").stdout == undisturbed
    assert goflow("verify", "saved").code == 0


def test_a_torn_last_line_needs_nothing(a_run: Path) -> None:
    journal = a_run / "events.jsonl"
    undisturbed = journal.read_bytes()
    journal.write_bytes(undisturbed[:-9])

    shown, listed, verified = goflow("show", str(a_run)), goflow("runs"), goflow("verify", str(a_run))
    resumed = goflow("resume", str(a_run), *QUIET)

    assert (shown.code, listed.code) == (0, 0)
    assert verified.code == 1
    assert b"was cut off" in verified.stdout
    assert told(shown) + told(listed) == ""
    assert resumed.code == 0
    assert b"said after said one" in resumed.stdout
    assert goflow("verify", str(a_run)).code == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_whatever_is_cut_off_or_changed_every_verb_says_a_clear_word(
    a_run: Path, capfd: pytest.CaptureFixture[str], data: st.DataObject
) -> None:
    journal = a_run / "events.jsonl"
    whole = Path("whole")
    if not whole.exists():
        whole.write_bytes(journal.read_bytes())
    content = bytearray(whole.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        del content[place:]
    else:
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    journal.write_bytes(content)

    codes = {verb: run_command([*words, str(a_run)]) for verb, words in LOOKING.items()}
    listed = run_command(["runs"])

    said = capfd.readouterr()
    assert set(codes.values()) <= {0, 1, 2}, codes
    assert codes["verify"] == 1 or bytes(content) == whole.read_bytes()
    assert listed in {0, 1}
    assert "Traceback" not in said.out + said.err
    assert "bug" not in said.err


LOOKING = {"show": ["show"], "events": ["show", "--events"], "verify": ["verify"]}


# Two owners


SHARED = """
name: shared
config: {provider: PROVIDER}
steps:
  - {id: a, prompt: "a: first"}
  - {id: b, prompt: "b: after {{steps.a.output}}", depends_on: [a]}
"""
ROUNDS = 3


def test_of_two_that_go_on_with_a_run_at_once_one_does_and_no_step_is_asked_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    gate = Gate()
    script = Script(turns={"a": [chat("one")], "b": [gate.holds(chat("two"))]})
    with scripted_server(script) as served:
        Path("shared.yaml").write_text(SHARED.replace("PROVIDER", served.provider), encoding="utf-8")
        for number in range(ROUNDS):
            runs = ("--audit-dir", f"runs-{number}")
            before = served.asked.copy()
            with going("run", "shared.yaml", "-m", "scripted", *runs) as run:
                gate.wait_until_reached()
                os.killpg(run.process.pid, signal.SIGKILL)
                run.end()
            gate.reached.clear()
            codes, refusals = asyncio.run(race(("resume", "@last", *runs, *QUIET), served.release, gate))
            assert sorted(codes) == [0, 1]
            assert re.search(r"run `r-\w+` is owned by (process \d+ on host|another process)", refusals[0])
            asked = served.asked - before
            assert asked == {("a", 0): 1, ("b", 0): 2}  # once when it was killed, once by the new owner
            close(served, gate)


def close(served: Scripted, gate: Gate) -> None:
    """Have the gate hold answers again, and return when it does: the next run must not find it reached."""
    is_closed = threading.Event()

    def act() -> None:
        gate.close()
        is_closed.set()

    served.loop.call_soon_threadsafe(act)
    assert is_closed.wait(10)


async def start(arguments: tuple[str, ...]) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        GOFLOW, *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe
    )


async def race(
    arguments: tuple[str, ...], release: Callable[[Gate], None], gate: Gate
) -> tuple[list[int], list[str]]:
    """Start the same twice at once; let the one that is left go on when the other has been refused."""
    processes = [await start(arguments) for _ in range(2)]
    ending = [asyncio.ensure_future(process.communicate()) for process in processes]
    await asyncio.wait(ending, timeout=30, return_when=asyncio.FIRST_COMPLETED)
    release(gate)
    said = await asyncio.gather(*ending)
    codes = [process.returncode or 0 for process in processes]
    return codes, [stderr.decode() for code, (_, stderr) in zip(codes, said, strict=True) if code]


# Old runs are removed while others go on


def test_old_runs_are_removed_by_many_at_once_and_none_that_goes_on() -> None:
    Path("kept.yaml").write_text(
        "name: kept\nconfig: {audit_retention: 1}\nsteps: [{id: a, prompt: one}]\n", encoding="utf-8"
    )
    Path("slow.yaml").write_text("default: {ask: {question: go on?}}\n", encoding="utf-8")
    with going("run", "many.yaml", "--mock=slow.yaml", stdin=subprocess.PIPE) as run:
        run.hear("asks")
        done = asyncio.run(start_many(6, ("run", "kept.yaml", "--mock", *QUIET)))
        left = sorted(path.name for path in Path(".workflow-runs").iterdir())
        verified = goflow("verify", "@last")
        run.process.kill()
        run.end()

    assert [code for code, _ in done] == [0] * 6, done
    assert all("Traceback" not in stderr for _, stderr in done)
    assert sum(name.endswith("_many") for name in left) == 1
    assert verified.code == 0
    [live] = Path(".workflow-runs").glob("*_many")
    assert goflow("resume", str(live), "--mock=long.yaml", *QUIET).code == 0


async def start_many(count: int, arguments: tuple[str, ...]) -> list[tuple[int, str]]:
    """Run the same so often at once."""
    processes = [await start(arguments) for _ in range(count)]
    said = await asyncio.gather(*(process.communicate() for process in processes))
    return [
        (process.returncode or 0, err.decode()) for process, (_, err) in zip(processes, said, strict=True)
    ]
