"""What runs took, as later ones find it: what is kept, what goes, and many writers at once."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from goflow.errors import RunFolderError, RunLocked
from goflow.events import RunStatus
from goflow.journal import history
from goflow.journal.history import MOST_RUNS, RunHistory
from goflow.journal.history_line import decode_run, encode_run
from goflow.journal.lock import hold
from goflow.journal.seal import seal
from goflow.projections.samples import RunSamples, Sample
from goflow.scheduler import StepStatus

FOLDER = Path("state/history")
SAMPLE = Sample(
    step="größe",
    shape="0123456789abcdef",
    status=StepStatus.COMPLETED,
    model="m",
    duration_ms=1200,
    requests=2,
    input_tokens=300,
    output_tokens=40,
    cost_usd=0.125,
    failed_attempts=1,
    repairs=2,
    throttled_ms=5,
    prompt_chars=77,
)
RUN = RunSamples(
    run_id="r-1",
    backend="llm",
    path="/home/ada/w.yaml",
    workflow="review",
    status=RunStatus.COMPLETED,
    ended_ms=1_800_000_000_000,
    active_ms=4000,
    samples=(SAMPLE, replace(SAMPLE, status=StepStatus.FAILED, model=None, cost_usd=None)),
)


def known(backend: str = "llm") -> list[RunSamples]:
    return RunHistory(FOLDER).read(RUN.path, RUN.workflow, backend)


def append(*runs: RunSamples) -> None:
    for run in runs:
        RunHistory(FOLDER).append(run)


def named(number: int, backend: str = "llm") -> RunSamples:
    return replace(RUN, run_id=f"r-{backend}-{number}", backend=backend)


def file() -> Path:
    [found] = FOLDER.glob("*.jsonl")
    return found


def test_a_run_is_found_as_it_was_left() -> None:
    assert known() == []
    append(RUN)

    assert known() == [RUN]


def test_only_its_owner_can_read_it() -> None:
    append(RUN)

    assert stat.S_IMODE(file().stat().st_mode) == 0o600
    assert stat.S_IMODE(FOLDER.stat().st_mode) == 0o700


def test_runs_of_other_workflows_and_of_other_backends_are_kept_apart() -> None:
    elsewhere, renamed = replace(RUN, path="/home/ada/x.yaml"), replace(RUN, workflow="a/b")
    append(named(1), named(1, "mock"), elsewhere, renamed)

    assert known() == [named(1)]
    assert known("mock") == [named(1, "mock")]
    found = RunHistory(FOLDER).read_all("llm")
    assert sorted((run.path, run.workflow) for run in found) == sorted(
        (run.path, run.workflow) for run in (named(1), elsewhere, renamed)
    )
    assert RunHistory(FOLDER / "nowhere").read_all("llm") == []


def test_a_run_that_was_gone_on_with_takes_the_place_of_what_it_was() -> None:
    longer = replace(RUN, active_ms=9000)
    append(RUN, named(2), longer)

    assert known() == [named(2), longer]


def test_the_last_runs_of_each_backend_are_kept() -> None:
    append(named(0, "mock"), *(named(number) for number in range(MOST_RUNS + 2)))
    recent = RunHistory(FOLDER).read(RUN.path, RUN.workflow, "llm", most=2)
    assert recent == [named(MOST_RUNS), named(MOST_RUNS + 1)]

    assert known() == [named(number) for number in range(2, MOST_RUNS + 2)]
    assert known("mock") == [named(0, "mock")]


def test_large_runs_are_kept_as_far_as_they_fit_and_the_last_in_any_case(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(history, "MOST_BYTES", 2 * len(encode_run(named(1))) + 1)
    append(named(1), named(2), named(3))
    assert known() == [named(2), named(3)]

    vast = replace(named(4), samples=RUN.samples * 10)
    append(vast)
    assert known() == [vast]


def test_the_workflow_that_was_not_run_for_longest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_WORKFLOWS", 2)
    first, second, third = (replace(RUN, path=f"/{name}.yaml") for name in "abc")
    append(first)
    os.utime(file(), (1, 1))
    append(second, third)

    assert sorted(run.path for run in RunHistory(FOLDER).read_all("llm")) == ["/b.yaml", "/c.yaml"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content.replace(b"1200", b"1300"),
        lambda content: content[:-20],
        lambda _: b"\0\xff\n\n{}\n[1]\n",
        lambda content: content + b'{"v":1,"run":"r-9","backend":"llm"',
    ],
    ids=["changed", "torn", "rubbish", "torn behind another"],
)
def test_a_damaged_line_is_passed_over_and_goes_with_the_next_run(damage: Any) -> None:  # noqa: ANN401 - a lambda
    append(named(1))
    file().write_bytes(damage(file().read_bytes()))
    before = known()
    assert before in ([], [named(1)])

    append(named(2))

    assert known() == [*before, named(2)]
    assert len(file().read_bytes().splitlines()) == len(known())


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"status": "levitated"},
        {"ended_ms": None},
        {"samples": [["a"]]},
        {"samples": [["a", "s", "completed", None, -1, 1, 1, 1, None, 0, 0, 0, 1]]},
        {"samples": [["a", "s", "completed", None, 1.5, 1, 1, 1, None, 0, 0, 0, 1]]},
        {"samples": [["a", "s", "completed", 5, 1, 1, 1, 1, None, 0, 0, 0, 1]]},
        {"samples": [[1, "s", "completed", None, 1, 1, 1, 1, None, 0, 0, 0, 1]]},
        {"samples": [["a", "s", "levitated", None, 1, 1, 1, 1, None, 0, 0, 0, 1]]},
        {"samples": [["a", "s", "completed", None, 1, 1, 1, 1, "1", 0, 0, 0, 1]]},
        {"samples": 5},
    ],
)
def test_a_whole_line_that_says_something_else_is_no_run(change: dict[str, object]) -> None:
    fields = json.loads(encode_run(RUN))
    del fields["crc"]

    assert decode_run(seal([json.dumps(fields)])) == RUN
    assert decode_run(seal([json.dumps(fields | change)])) is None


def test_a_whole_line_that_is_no_object_is_no_run() -> None:
    assert decode_run(seal(["[" * 100_000 + "}"])) is None
    assert decode_run(seal(['["run"}'])) is None


def test_a_line_of_a_later_version_stays() -> None:
    append(named(1))
    fields = json.loads(encode_run(named(2))) | {"v": 2}
    del fields["crc"]
    later = seal([json.dumps(fields, separators=(",", ":"))])
    file().write_bytes(file().read_bytes() + later)
    append(named(3))

    assert known() == [named(1), named(3)]
    assert later in file().read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="links take rights that users lack")
def test_nothing_is_read_or_written_through_a_link() -> None:
    append(RUN)
    path, elsewhere = file(), Path("elsewhere").absolute()
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    content = elsewhere.read_bytes()

    assert known() == []
    with pytest.raises(OSError, match="symbolic links"):
        append(named(2))
    assert elsewhere.read_bytes() == content


def test_what_is_no_plain_file_holds_nothing() -> None:
    append(RUN)
    path = file()
    path.unlink()
    path.mkdir()

    assert known() == []


def test_where_others_write_for_too_long_it_says_so() -> None:
    FOLDER.mkdir(parents=True)
    with hold(FOLDER, "history"), pytest.raises(RunLocked):
        RunHistory(FOLDER, patience_s=0.0).append(RUN)
    append(RUN)

    assert known() == [RUN]


def test_a_folder_that_cannot_be_made_is_an_error_of_the_systems() -> None:
    FOLDER.parent.write_text("in the way", encoding="utf-8")

    with pytest.raises(OSError, match=r"directory|exists"):
        append(RUN)


def test_a_lock_that_cannot_be_made_is_an_error() -> None:
    (FOLDER / "lock").mkdir(parents=True)

    with pytest.raises(RunFolderError):
        append(RUN)


def test_a_file_that_cannot_be_replaced_leaves_no_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    append(RUN)

    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(13, "no", str(self), None, str(target))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(PermissionError):
        append(RUN)

    assert known() == [RUN]
    assert not list(FOLDER.glob(".*"))


WRITER = """
import sys
from dataclasses import replace
from tests.unit.journal.test_history import RUN, FOLDER, RunHistory
for number in range(12):
    RunHistory(FOLDER, patience_s=20).append(replace(RUN, run_id=f"r-{sys.argv[1]}-{number}"))
"""


def test_runs_that_end_at_once_in_several_processes_are_all_kept() -> None:
    root = str(Path(__file__).parents[3])
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, name], env={**os.environ, "PYTHONPATH": root})
        for name in ("a", "b", "c")
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0]

    assert sorted(run.run_id for run in known()) == sorted(f"r-{w}-{n}" for w in "abc" for n in range(12))
