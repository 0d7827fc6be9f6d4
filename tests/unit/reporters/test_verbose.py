"""The lines of the original."""

from __future__ import annotations

import asyncio

from goflow.events import (
    Event,
    Fact,
    Progress,
    QuestionAsked,
    RunClaimed,
    RunFinished,
    RunStatus,
    StepCancelled,
    StopReason,
    StopRequested,
    TimerFired,
    TimerKind,
)
from goflow.reporters.verbose import VerboseLines, say_loading
from tests.properties.worlds import plan_of
from tests.unit.projections.runs import START_MS, events_of, fails, not_run, runs, skipped, starts, step

PLAN = plan_of(
    step("prepare"),
    step("security-review", "prepare"),
    step("perf-review", "prepare"),
    step("final-report", "security-review", "perf-review"),
)


def shown(*facts: Fact) -> list[str]:
    said: list[str] = []
    reporter = VerboseLines(PLAN, said.append)
    reporter.on_events(events_of(*facts))
    reporter.on_progress(Progress(step="prepare", attempt=1, text="text"))
    asyncio.run(reporter.close())
    return "".join(said).splitlines()


def test_the_file_is_named_before_all_else() -> None:
    assert say_loading("fan-out\x1b[2J.yaml") == "[INFO] Loading workflow: fan-out.yaml\n"


def test_levels_are_named_when_their_first_step_starts_in_the_order_of_the_file() -> None:
    assert shown(
        *runs("prepare"),
        starts("perf-review"),
        starts("security-review"),
        RunFinished(status=RunStatus.COMPLETED),
    ) == [
        "[INFO] Starting workflow: w",
        "[INFO] Level 0: prepare",
        "[prepare] Agent turn started",
        "[prepare] Session completed",
        "[INFO] Step: prepare (completed)",
        "[INFO] Level 1: security-review, perf-review",
        "[perf-review] Agent turn started",
        "[security-review] Agent turn started",
        "[INFO] Workflow completed in 5.00s",
    ]


def test_steps_that_do_not_complete_say_how_they_ended() -> None:
    asked = QuestionAsked(step="prepare", attempt=1, question_id="q", text="which\none?")

    assert shown(
        starts("prepare"),
        asked,
        StepCancelled(step="prepare"),
        skipped("security-review", "condition not met: step 'prepare' does not contain 'x'"),
        *fails("perf-review", "HTTP 400\nbad"),
        not_run("final-report", "perf-review"),
        StopRequested(reason=StopReason.SIGTERM, grace_s=10),
        TimerFired(timer=TimerKind.DRAIN),
        RunFinished(status=RunStatus.INTERRUPTED, reason=StopReason.SIGTERM),
    )[2:] == [
        "[prepare] Agent turn started",
        "[prepare] Asking: which one?",
        "[INFO] Step: prepare (CANCELLED)",
        "[INFO] Level 1: security-review, perf-review",
        "[INFO] Step: security-review (SKIPPED: condition not met)",
        "[perf-review] Agent turn started",
        "[perf-review] Session error: HTTP 400 bad",
        "[INFO] Step: perf-review (FAILED: HTTP 400 bad)",
        "[INFO] Step: final-report (NOT RUN: perf-review failed)",
        "[INFO] Stopping: sigterm",
        "[INFO] Workflow interrupted in 11.00s",
    ]


def test_a_resumed_run_says_so_and_counts_its_own_time() -> None:
    said: list[str] = []
    reporter = VerboseLines(PLAN, said.append)
    reporter.on_events([Event(9, START_MS, RunClaimed(epoch=2, owner="b"))])
    reporter.on_events([Event(10, START_MS + 30, RunFinished(status=RunStatus.COMPLETED))])

    assert said == ["[INFO] Resuming workflow: w\n", "[INFO] Workflow completed in 0.03s\n"]


def test_an_event_without_a_line_writes_nothing() -> None:
    said: list[str] = []
    VerboseLines(PLAN, said.append).on_events([Event(1, START_MS, TimerFired(timer=TimerKind.DRAIN))])

    assert said == []
