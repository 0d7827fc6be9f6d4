"""Folds over events: what people see of a run."""

from __future__ import annotations

from goflow.projections.exit_codes import FailOn, exit_code
from goflow.projections.outcome import Outcome, assess
from goflow.projections.results import render_results
from goflow.projections.run_view import AttemptStatus, AttemptView, RunView, StepView
from goflow.projections.spending import Spending, sum_run, sum_step
from goflow.projections.summary import summarize

__all__ = [
    "AttemptStatus",
    "AttemptView",
    "FailOn",
    "Outcome",
    "RunView",
    "Spending",
    "StepView",
    "assess",
    "exit_code",
    "render_results",
    "sum_run",
    "sum_step",
    "summarize",
]
