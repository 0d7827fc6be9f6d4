from __future__ import annotations

import pytest

from goflow.events import RunFinished, RunStatus, StopReason
from goflow.projections import exit_code
from tests.properties.worlds import plan_of
from tests.unit.projections.runs import runs, step, view_of


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (StopReason.SIGINT, 130),
        (StopReason.SIGTERM, 143),
        (StopReason.UNANSWERED, 5),
        (StopReason.TIMEOUT, 6),
        (StopReason.BUDGET, 6),
        (StopReason.QUOTA, 6),
        (StopReason.CANCELLED, 1),
    ],
)
def test_every_reason_to_stop_has_its_exit_code(reason: StopReason, code: int) -> None:
    plan = plan_of(step("a"), step("b"))
    finished = RunFinished(status=RunStatus.INTERRUPTED, reason=reason)
    assert exit_code(view_of(*runs("a"), finished, plan=plan), plan) == code
