"""A run in one line."""

from __future__ import annotations

import pytest

from goflow.events import RunFinished, RunStatus, StopReason, Usage
from goflow.projections import RunView, Spending
from goflow.projections.history import fold, make_entry, standing
from goflow.scheduler import StepStatus
from tests.unit.projections.runs import START_MS, completes, events_of, fails, runs, skipped, starts, view_of

COMPLETED = RunFinished(status=RunStatus.COMPLETED)


def test_an_entry_sums_up_what_a_run_has_done_and_spent() -> None:
    used = Usage(requests=1, input_tokens=10, output_tokens=5, cost_usd=0.5)
    view = view_of(starts("a"), completes("a", usage=used), *fails("b"), skipped("c"), COMPLETED)

    entry = make_entry(view, is_alive=False)

    assert (entry.run_id, entry.workflow, entry.status) == ("r-1", "w", RunStatus.COMPLETED)
    assert (entry.started_ms, entry.ended_ms, entry.active_ms) == (START_MS, START_MS + 8000, 7000)
    assert (entry.done, entry.failed) == (2, 1)
    assert entry.steps == {StepStatus.COMPLETED: 1, StepStatus.FAILED: 1, StepStatus.SKIPPED: 1}
    assert entry.spent == Spending(requests=1, input_tokens=10, output_tokens=5, cost_usd=0.5)


def test_a_fold_has_the_steps_that_are_known_and_those_that_are_met() -> None:
    events = events_of(*runs("b"), *runs("c"))

    assert list(fold(events, ["a", "b"]).steps) == ["a", "b", "c"]
    assert list(fold(events).steps) == ["b", "c"]


def test_an_entry_of_nothing_is_empty() -> None:
    entry = make_entry(RunView(), is_alive=True)

    assert (entry.run_id, entry.started_ms, entry.done, entry.failed) == ("", None, 0, 0)


@pytest.mark.parametrize(
    ("end", "is_alive", "status"),
    [
        (None, True, RunStatus.RUNNING),
        (None, False, RunStatus.INTERRUPTED),
        (COMPLETED, False, RunStatus.COMPLETED),
        (COMPLETED, True, RunStatus.COMPLETED),
        (RunFinished(status=RunStatus.WAITING, reason=StopReason.UNANSWERED), False, RunStatus.WAITING),
    ],
)
def test_only_a_run_that_has_not_ended_depends_on_who_works_on_it(
    *, end: RunFinished | None, is_alive: bool, status: RunStatus
) -> None:
    view = view_of(*runs("a"), *([end] if end else []))

    assert standing(view, is_alive=is_alive) is status
