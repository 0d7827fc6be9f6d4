"""Journals of every shape that was ever released, kept as files: they read and replay for ever.

A file here is never changed. When the shape grows, another one is added.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from goflow.events import (
    WIRE_NAMES,
    AnswerRefused,
    AttemptContinued,
    AttemptFailed,
    AttemptStarted,
    CallAdmitted,
    CallThrottled,
    Event,
    Fact,
    Failure,
    FailureKind,
    MemoryWritten,
    QuestionAnswered,
    QuestionAsked,
    RunClaimed,
    RunCreated,
    RunFinished,
    RunReopened,
    RunStatus,
    SecretInput,
    SourceRecord,
    StepCancelled,
    StepCompleted,
    StepFailed,
    StepNotRun,
    StepReused,
    StepSkipped,
    StopReason,
    StopRequested,
    TimerFired,
    TimerKind,
    ToolCalled,
    ToolReturned,
    TurnTaken,
    Usage,
)
from goflow.journal.reader import read_events
from goflow.planning.options import RunOptions
from goflow.scheduler import replay
from goflow.workflow import AgentStep, Budget, Condition, OnError
from tests.properties.worlds import plan_of

JOURNALS = Path(__file__).parents[2] / "fixtures" / "journals"

PLAN = plan_of(
    AgentStep(id="draft", prompt="Draft it", retry_count=1, model="gpt-4o"),
    AgentStep(id="review", prompt="Review it", depends_on=("draft",), timeout_s=90),
    AgentStep(
        id="publish",
        prompt="Publish",
        depends_on=("draft",),
        condition=Condition(step="draft", contains=("READY",)),
    ),
    AgentStep(id="check", prompt="Check", on_error=OnError.FAIL),
    AgentStep(id="report", prompt="Report", depends_on=("check",)),
)

BUSY = Failure(kind=FailureKind.RATE_LIMITED, message="429 \u2014 slow down\n\u2028", retry_after_s=1.5)
LATE = Failure(kind=FailureKind.STEP_TIMEOUT, message="no answer in 90s")
WORKFLOW = SourceRecord(role="workflow", path="/home/ada/review.yaml", digest="ab" * 32)

STORY: list[Fact] = [
    RunCreated(
        run_id="r-7f3a9c21",
        workflow_name="review",
        workflow_path="/home/ada/review.yaml",
        workspace="/home/ada",
        goflow_version="0.1.0",
        sources=(WORKFLOW,),
        inputs={"files": "*.py", "größe": "1.10 😀"},
        secrets=(SecretInput(name="token", salt="5a17", digest="cd" * 32),),
        options=RunOptions(backend="mock", model="gpt-4o", max_concurrency=3, only_steps=(), timeout_s=600.0),
    ),
    RunClaimed(epoch=1, owner="box:4711", versions={"goflow": "0.1.0", "prices": "2026-11-01"}),
    AttemptStarted(step="draft", attempt=1, agent="writer", model="gpt-4o", prompt='Draft "it"\n'),
    AttemptStarted(step="check", attempt=1, agent="writer", model=None, prompt=""),
    AttemptFailed(step="draft", attempt=1, failure=BUSY, chance=0.25, usage=Usage(requests=1)),
    TimerFired(timer=TimerKind.RETRY, step="draft"),
    AttemptStarted(step="draft", attempt=2, agent="writer", model="gpt-4o", prompt='Draft "it"\n'),
    StepCompleted(
        step="draft",
        attempt=2,
        output="A draft",
        model="gpt-4o",
        usage=Usage(requests=2, input_tokens=120, output_tokens=30, cached_tokens=8, cost_usd=0.0015),
        session_id="s-1",
    ),
    StepSkipped(step="publish", reason="condition not met: step 'draft' does not contain 'READY'"),
    AttemptStarted(step="review", attempt=1, agent="reviewer", model="gpt-4o", prompt="Review it"),
    QuestionAsked(step="review", attempt=1, question_id="q-1", text="Strict?", choices=("yes", "no")),
    QuestionAnswered(step="review", question_id="q-1", text="no", by="terminal"),
    AttemptContinued(step="review", attempt=1),
    AttemptFailed(step="check", attempt=1, failure=LATE, chance=0.0),
    StepFailed(step="check", failure=LATE),
    StepNotRun(step="report", because="check"),
    StopRequested(reason=StopReason.SIGINT, grace_s=10.0),
    TimerFired(timer=TimerKind.DRAIN),
    StepCancelled(step="review"),
    RunFinished(status=RunStatus.INTERRUPTED, reason=StopReason.SIGINT),
    RunClaimed(epoch=2, owner="box:4712"),
    RunReopened(again=("check", "report"), sources=(WORKFLOW,), options=RunOptions(backend="mock")),
    AttemptStarted(step="check", attempt=2, agent="writer", model=None, prompt=""),
    AttemptStarted(step="review", attempt=2, agent="reviewer", model="gpt-4o", prompt="Review it"),
    StepCompleted(step="check", attempt=2, output=""),
    StepCompleted(step="review", attempt=2, output="Fine"),
    AttemptStarted(step="report", attempt=1, agent="writer", model=None, prompt="Report"),
    StepCompleted(step="report", attempt=1, output="\ud83d lone, \x1b[31m and \0"),
    RunFinished(status=RunStatus.COMPLETED),
]


TOOLS: list[Fact] = [
    RunCreated(
        run_id="r-7f3a9c22",
        workflow_name="review",
        workflow_path="/home/ada/review.yaml",
        workspace="/home/ada",
        goflow_version="0.1.0",
        options=RunOptions(allow_all_tools=True, trust=True),
        rerun_of="r-7f3a9c21",
        fresh=("draft",),
    ),
    RunClaimed(epoch=1, owner="box:4711"),
    AttemptStarted(step="draft", attempt=1, agent="writer", model="gpt-4o", prompt="Draft it"),
    TurnTaken(
        step="draft", attempt=1, message='[{"kind":"response"}]', usage=Usage(requests=1, input_tokens=9)
    ),
    ToolCalled(step="draft", attempt=1, call_id="c-1", tool="view", arguments='{"path":"a.md"}'),
    ToolReturned(step="draft", attempt=1, call_id="c-1", tool="view", result="error: none", is_error=True),
    ToolCalled(step="draft", attempt=1, call_id="c-2", tool="write_memory", arguments='{"text":"x"}'),
    MemoryWritten(step="draft", attempt=1, agent="writer", text="größer\n\u2028"),
    ToolReturned(step="draft", attempt=1, call_id="c-2", tool="write_memory", result="noted"),
    QuestionAsked(
        step="draft",
        attempt=1,
        question_id="q-2",
        text="bash: ls",
        choices=("allow", "deny"),
        is_approval=True,
    ),
    QuestionAnswered(step="draft", question_id="q-2", text="allow", by="terminal"),
    AttemptContinued(step="draft", attempt=1),
    AnswerRefused(
        step="draft", attempt=1, message="[]", complaint="at $: no", usage=Usage(requests=1, cost_usd=0.5)
    ),
    StepCompleted(step="draft", attempt=1, output="{}", usage=Usage(requests=3)),
    StepSkipped(step="publish", reason="condition not met"),
    AttemptStarted(step="review", attempt=1, agent="reviewer", model="gpt-4o", prompt="Review it"),
    StepCompleted(step="review", attempt=1, output="Fine"),
    StepReused(
        step="check",
        origin="r-7f3a9c21",
        agent="writer",
        prompt="Check",
        output="fine",
        model="gpt-4o",
        memory=("checked",),
    ),
    AttemptStarted(step="report", attempt=1, agent="writer", model=None, prompt="Report"),
    StepCompleted(step="report", attempt=1, output="done"),
    RunFinished(status=RunStatus.COMPLETED),
]


ESTIMATED: list[Fact] = [
    RunCreated(
        run_id="r-7f3a9c23",
        workflow_name="review",
        workflow_path="/home/ada/review.yaml",
        workspace="/home/ada",
        goflow_version="0.1.0",
        options=RunOptions(max_concurrency=1),
    ),
    RunClaimed(epoch=1, owner="box:4711", estimates={"draft": 1200, "report": 800, "größe": 100}),
    AttemptStarted(step="draft", attempt=1, agent="writer", model="gpt-4o", prompt="Draft it"),
    StepCompleted(step="draft", attempt=1, output="A draft"),
    StepSkipped(step="publish", reason="condition not met"),
    AttemptStarted(step="check", attempt=1, agent="writer", model=None, prompt="Check"),
    StepCompleted(step="check", attempt=1, output="fine"),
    AttemptStarted(step="report", attempt=1, agent="writer", model=None, prompt="Report"),
    RunClaimed(epoch=2, owner="box:4712", estimates={"draft": 1300}),
    AttemptStarted(step="report", attempt=2, agent="writer", model=None, prompt="Report"),
    StepCompleted(step="report", attempt=2, output="done"),
    AttemptStarted(step="review", attempt=1, agent="reviewer", model="gpt-4o", prompt="Review it"),
    StepCompleted(step="review", attempt=1, output="Fine"),
    RunFinished(status=RunStatus.COMPLETED),
]

LIMITED: list[Fact] = [
    RunCreated(
        run_id="r-7f3a9c24",
        workflow_name="review",
        workflow_path="/home/ada/review.yaml",
        workspace="/home/ada",
        goflow_version="0.1.0",
        options=RunOptions(budget=Budget(cost_usd=0.5, tokens=9000, time_s=60.0)),
    ),
    RunClaimed(epoch=1, owner="box:4711"),
    AttemptStarted(step="draft", attempt=1, agent="writer", model="gpt-4o", prompt="Draft it"),
    CallThrottled(
        step="draft", attempt=1, limit="openai:gpt-4o", reason="too many", until_ms=1_795_700_000_000
    ),
    CallAdmitted(step="draft", attempt=1, waited_ms=1250),
    StepCompleted(step="draft", attempt=1, output="A draft"),
    StepSkipped(step="publish", reason="condition not met"),
    AttemptStarted(step="check", attempt=1, agent="writer", model=None, prompt="Check"),
    CallThrottled(step="check", attempt=1, limit="budget", reason="9 of 9 tokens spent"),
    StopRequested(reason=StopReason.BUDGET, grace_s=None),
    StepCancelled(step="check"),
    RunFinished(status=RunStatus.INTERRUPTED, reason=StopReason.BUDGET),
    RunClaimed(epoch=2, owner="box:4712"),
    RunReopened(options=RunOptions(budget=Budget(cost_usd=1.0))),
    AttemptStarted(step="check", attempt=2, agent="writer", model=None, prompt="Check"),
    StepCompleted(step="check", attempt=2, output="fine"),
    AttemptStarted(step="report", attempt=1, agent="writer", model=None, prompt="Report"),
    AttemptFailed(
        step="report",
        attempt=1,
        failure=Failure(kind=FailureKind.QUOTA_EXHAUSTED, message="used up", retry_after_s=4000.0),
        chance=0.25,
    ),
    AttemptStarted(step="review", attempt=1, agent="reviewer", model="gpt-4o", prompt="Review it"),
    StepCompleted(step="review", attempt=1, output="Fine"),
    RunFinished(status=RunStatus.INTERRUPTED, reason=StopReason.QUOTA, resume_at_ms=1_795_704_000_000),
    RunClaimed(epoch=3, owner="box:4713"),
    AttemptStarted(step="report", attempt=2, agent="writer", model=None, prompt="Report"),
    StepCompleted(step="report", attempt=2, output="done"),
    RunFinished(status=RunStatus.COMPLETED),
]


SHORT: list[Fact] = [
    RunCreated(
        run_id="r-7f3a9c25",
        workflow_name="review",
        workflow_path="/home/ada/review.yaml",
        workspace="/home/ada",
        goflow_version="0.1.0",
        options=RunOptions(budget=Budget(cost_usd=0.006, tokens=4000)),
    ),
    RunClaimed(epoch=1, owner="box:4711"),
    AttemptStarted(step="draft", attempt=1, agent="writer", model="gpt-4o", prompt="Draft it"),
    CallThrottled(step="draft", attempt=1, limit="budget", reason="a request may take up to $0.0083"),
    StopRequested(reason=StopReason.BUDGET, grace_s=None, needs_usd=0.00825, needs_tokens=4120),
    StepCancelled(step="draft"),
    RunFinished(status=RunStatus.INTERRUPTED, reason=StopReason.BUDGET),
    RunClaimed(epoch=2, owner="box:4712"),
    RunReopened(options=RunOptions(budget=Budget(cost_usd=1.0, tokens=9000))),
    AttemptStarted(step="draft", attempt=2, agent="writer", model="gpt-4o", prompt="Draft it"),
    StepCompleted(step="draft", attempt=2, output="A draft"),
    StepSkipped(step="publish", reason="condition not met"),
    AttemptStarted(step="check", attempt=1, agent="writer", model=None, prompt="Check"),
    StepCompleted(step="check", attempt=1, output="fine"),
    AttemptStarted(step="report", attempt=1, agent="writer", model=None, prompt="Report"),
    StepCompleted(step="report", attempt=1, output="done"),
    AttemptStarted(step="review", attempt=1, agent="reviewer", model="gpt-4o", prompt="Review it"),
    StepCompleted(step="review", attempt=1, output="Fine"),
    RunFinished(status=RunStatus.COMPLETED),
]


REWRITTEN: list[Fact] = [
    RunCreated(
        run_id="r-7f3a9c26",
        workflow_name="review",
        workflow_path="/home/ada/review.yaml",
        workspace="/home/ada",
        goflow_version="0.1.0",
    ),
    RunClaimed(epoch=1, owner="box:4711"),
    AttemptStarted(step="draft", attempt=1, agent="writer", model="gpt-4o", prompt="Draft it"),
    MemoryWritten(step="draft", attempt=1, agent="writer", text="an early draft"),
    StepCompleted(step="draft", attempt=1, output="A draft"),
    StepSkipped(step="publish", reason="condition not met"),
    AttemptStarted(step="check", attempt=1, agent="writer", model=None, prompt="Check"),
    MemoryWritten(step="check", attempt=1, agent="writer", text="checked"),
    StepCompleted(step="check", attempt=1, output="fine"),
    AttemptStarted(step="report", attempt=1, agent="writer", model=None, prompt="Report"),
    StepCompleted(step="report", attempt=1, output="done"),
    AttemptStarted(step="review", attempt=1, agent="reviewer", model="gpt-4o", prompt="Review it"),
    StepCompleted(step="review", attempt=1, output="Fine"),
    RunFinished(status=RunStatus.COMPLETED),
    RunClaimed(epoch=2, owner="box:4712"),
    RunReopened(again=("draft",), sources=(WORKFLOW,), options=RunOptions(), rewritten=("draft", "gone")),
    AttemptStarted(step="draft", attempt=2, agent="writer", model="gpt-4o", prompt="Draft it well"),
    MemoryWritten(step="draft", attempt=2, agent="writer", text="a late draft"),
    StepCompleted(step="draft", attempt=2, output="A draft"),
    RunFinished(status=RunStatus.COMPLETED),
]


def read_fixture(name: str, folder: Path) -> list[Event]:
    shutil.copy(JOURNALS / name, folder / "events.jsonl")
    return read_events(folder)


def test_the_first_version_with_every_fact_reads_as_it_was_written(tmp_path: Path) -> None:
    events = read_fixture("v1-every-fact.jsonl", tmp_path)

    assert events == [
        Event(seq, 1_795_449_731_034 + 250 * seq, fact) for seq, fact in enumerate(STORY, start=1)
    ]


def test_the_facts_of_tools_and_memory_read_as_they_were_written(tmp_path: Path) -> None:
    events = read_fixture("v1-tools-and-memory.jsonl", tmp_path)

    assert events == [
        Event(seq, 1_795_629_731_034 + 250 * seq, fact) for seq, fact in enumerate(TOOLS, start=1)
    ]


def test_estimates_read_as_they_were_written(tmp_path: Path) -> None:
    events = read_fixture("v1-estimates.jsonl", tmp_path)

    assert events == [
        Event(seq, 1_795_639_731_034 + 250 * seq, fact) for seq, fact in enumerate(ESTIMATED, start=1)
    ]


def test_limits_and_budgets_read_as_they_were_written(tmp_path: Path) -> None:
    events = read_fixture("v1-limits.jsonl", tmp_path)

    assert events == [
        Event(seq, 1_795_649_731_034 + 250 * seq, fact) for seq, fact in enumerate(LIMITED, start=1)
    ]


def test_what_a_budget_was_short_of_reads_as_it_was_written(tmp_path: Path) -> None:
    events = read_fixture("v1-shortfalls.jsonl", tmp_path)

    assert events == [
        Event(seq, 1_795_659_731_034 + 250 * seq, fact) for seq, fact in enumerate(SHORT, start=1)
    ]


def test_what_was_rewritten_reads_as_it_was_written_and_takes_its_entries_back(tmp_path: Path) -> None:
    events = read_fixture("v1-rewritten.jsonl", tmp_path)

    assert events == [
        Event(seq, 1_795_669_731_034 + 250 * seq, fact) for seq, fact in enumerate(REWRITTEN, start=1)
    ]
    assert [entry.text for entry in replay(PLAN, events).memory] == ["checked", "a late draft"]


@pytest.mark.parametrize("name", sorted(path.name for path in JOURNALS.glob("v*.jsonl")))
def test_a_released_journal_replays(tmp_path: Path, name: str) -> None:
    state = replay(PLAN, read_fixture(name, tmp_path))

    assert state.status is RunStatus.COMPLETED
    assert {step: found.status.value for step, found in state.steps.items()} == {
        "draft": "completed",
        "review": "completed",
        "publish": "skipped",
        "check": "completed",
        "report": "completed",
    }


def test_every_kind_of_fact_stands_in_a_released_journal(tmp_path: Path) -> None:
    names = (path.name for path in JOURNALS.glob("v*.jsonl"))

    found = {type(event.fact) for name in names for event in read_fixture(name, tmp_path)}

    assert found == set(WIRE_NAMES)
