"""Runs learn from earlier ones of the same workflow which step goes first."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

import goflow
from goflow import RunOptions
from goflow.api import prepare, this_host
from goflow.api.learning import MOST_STEPS, keep_samples, open_history
from goflow.errors import UsageError
from goflow.events import AttemptStarted, RunClaimed, RunStatus
from goflow.journal.history import RunHistory
from goflow.journal.lock import hold
from goflow.projections.samples import RunSamples, Sample
from goflow.scheduler import StepStatus
from goflow.testing import ScriptedBackend

MOCK = RunOptions(backend="mock")
WORKFLOW = """
name: reports
config: {max_concurrency: 1}
steps:
  - {id: one, prompt: One}
  - {id: two, prompt: Two}
  - {id: three, prompt: Three}
"""


@pytest.fixture(autouse=True)
def workflow() -> Path:
    path = Path("reports.yaml")
    path.write_text(WORKFLOW, encoding="utf-8")
    Path("mock.yaml").write_text("default: done\n", encoding="utf-8")
    return path


def run(options: RunOptions = MOCK, **host: object) -> goflow.Run:
    given = {"mock_script": Path("mock.yaml"), **host} if options.backend == "mock" else host
    return asyncio.run(goflow.run("reports.yaml", options=options, host=this_host(**given)))


def history() -> RunHistory:
    return open_history(this_host())


def known(backend: str = "mock") -> list[RunSamples]:
    return history().read(str(Path("reports.yaml").resolve()), "reports", backend)


def remember(times_ms: Mapping[str, int], backend: str = "mock") -> None:
    """Leave what an earlier run took, each step written otherwise then."""
    samples = tuple(
        Sample(
            step=step,
            shape="otherwise",
            status=StepStatus.COMPLETED,
            model=None,
            duration_ms=ms,
            requests=1,
            input_tokens=0,
            output_tokens=0,
            cost_usd=None,
            failed_attempts=0,
            repairs=0,
            throttled_ms=0,
            prompt_chars=1,
        )
        for step, ms in times_ms.items()
    )
    history().append(
        RunSamples(
            run_id="r-earlier",
            backend=backend,
            path=str(Path("reports.yaml").resolve()),
            workflow="reports",
            status=RunStatus.COMPLETED,
            ended_ms=1,
            active_ms=1,
            samples=samples,
        )
    )


def order_of(done: goflow.Run) -> list[str]:
    return [event.fact.step for event in done.events if isinstance(event.fact, AttemptStarted)]


def estimates_of(done: goflow.Run) -> Mapping[str, int]:
    return next(event.fact.estimates for event in done.events if isinstance(event.fact, RunClaimed))


def test_a_run_leaves_what_its_steps_took_and_nothing_that_was_said() -> None:
    done = run()

    [left] = known()
    assert (left.run_id, left.workflow, left.status) == (done.run_id, "reports", RunStatus.COMPLETED)
    assert left.ended_ms == done.events[-1].at_ms
    assert [sample.step for sample in left.samples] == ["one", "two", "three"]
    [file] = (Path(os.environ["XDG_STATE_HOME"]) / "goflow/history").glob("*.jsonl")
    content = file.read_bytes()
    assert b"Three" not in content
    assert b"mock output" not in content


def test_the_step_that_took_longest_goes_first_and_the_journal_says_why() -> None:
    remember({"two": 700, "three": 1849, "gone": 5})
    done = run()

    assert order_of(done) == ["three", "one", "two"]
    assert estimates_of(done) == {"two": 700, "three": 1800}


def test_differences_of_less_than_a_tenth_of_a_second_change_nothing() -> None:
    remember({"one": 3, "two": 90, "three": 140})
    done = run()

    assert order_of(done) == ["one", "two", "three"]
    assert estimates_of(done) == {}


def test_where_every_step_has_a_slot_nothing_is_estimated() -> None:
    remember({"two": 700, "three": 1800})
    done = run(RunOptions(backend="mock", max_concurrency=3))

    assert order_of(done) == ["one", "two", "three"]
    assert estimates_of(done) == {}


def test_what_a_mock_took_teaches_no_other_backend() -> None:
    remember({"three": 1800, "two": 700}, backend="llm")

    assert order_of(run()) == ["one", "two", "three"]


def test_a_user_may_want_no_history(monkeypatch: pytest.MonkeyPatch) -> None:
    remember({"three": 1800, "two": 700})
    monkeypatch.setenv("GOFLOW_HISTORY", "0")
    done = run()

    assert order_of(done) == ["one", "two", "three"]
    assert [each.run_id for each in known()] == ["r-earlier"]


def test_a_mock_without_a_script_leaves_nothing() -> None:
    run(mock_script=None)
    assert known() == []


def test_a_backend_of_the_callers_leaves_nothing_and_learns_nothing() -> None:
    remember({"three": 1800, "two": 700}, backend="llm")
    done = run(RunOptions(), backend=ScriptedBackend().open())

    assert order_of(done) == ["one", "two", "three"]
    assert [each.run_id for each in known("llm")] == ["r-earlier"]


def test_a_run_of_which_no_step_was_asked_leaves_nothing() -> None:
    cached = RunOptions(backend="mock", cache=True)
    run(cached)
    run(cached)

    assert len(known()) == 1


def test_a_run_of_very_many_steps_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_STEPS > 10_000
    monkeypatch.setattr("goflow.api.learning.MOST_STEPS", 2)
    run()

    assert known() == []


def test_a_history_that_cannot_be_written_stops_nothing() -> None:
    state = Path(os.environ["XDG_STATE_HOME"])
    state.mkdir(parents=True)
    (state / "goflow").write_text("in the way", encoding="utf-8")

    assert run().status is RunStatus.COMPLETED


def test_a_resumed_run_is_known_as_one() -> None:
    done = run(RunOptions(backend="mock", only_steps=("one",)))
    asyncio.run(goflow.resume(done.run_id, host=this_host()))

    [left] = known()
    assert [sample.step for sample in left.samples] == ["one"]


def test_a_replay_goes_by_what_the_recorded_run_had_learned() -> None:
    remember({"two": 700, "three": 1800})
    recorded = run()
    remember({"one": 9000, "three": 100})
    replayed = run(RunOptions(backend="replay"), recording=recorded.run_id)

    assert order_of(replayed) == order_of(recorded) == ["three", "one", "two"]
    assert estimates_of(replayed) == estimates_of(recorded)
    assert known("replay") == []


def test_a_setting_that_is_no_switch_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOFLOW_HISTORY", "maybe")

    with pytest.raises(UsageError, match="`GOFLOW_HISTORY` is `maybe`"):
        this_host()


def test_others_that_write_the_history_hold_up_nobodys_event_loop() -> None:
    done = run()
    prepared = prepare("reports.yaml", {}, options=MOCK, host=this_host(mock_script=Path("mock.yaml")))
    folder = Path(os.environ["XDG_STATE_HOME"]) / "goflow/history"
    for left in folder.glob("*.jsonl"):
        left.unlink()

    async def keep() -> None:
        with hold(folder, "history"):
            keeping = asyncio.create_task(keep_samples(prepared, done))
            await asyncio.sleep(0)
        await keeping

    asyncio.run(keep())
    assert [each.run_id for each in known()] == [done.run_id]
