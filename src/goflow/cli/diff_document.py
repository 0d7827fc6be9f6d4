"""What differs between two runs as JSON for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.cli.documents import Document, moment, spending_document, step_document
from goflow.projections import sum_run
from goflow.projections.comparison import input_of
from goflow.projections.text_difference import difference

if TYPE_CHECKING:
    from goflow.projections.comparison import Comparison, Side, StepPair


def comparison_document(comparison: Comparison) -> Document:
    """Describe in what two runs differ; diffs of texts are lists of lines."""
    a, b = comparison.a, comparison.b
    return {
        "is_different": comparison.is_different,
        "a": _side(a),
        "b": _side(b),
        "inputs": {
            name: {"a": input_of(a.view, name), "b": input_of(b.view, name)} for name in comparison.inputs
        },
        "steps": [_pair(pair) for pair in comparison.steps],
    }


def _side(side: Side) -> Document:
    view = side.view
    return {
        "run_id": view.run_id,
        "workflow": view.workflow_name,
        "status": side.status,
        "started_at": moment(view.started_ms),
        "active_seconds": view.active_ms / 1000,
        "usage": spending_document(sum_run(view)),
    }


def _pair(pair: StepPair) -> Document:
    a, b = pair.a, pair.b
    texts: Document = {}
    if a is not None and b is not None:
        texts = {
            "prompt_diff": list(difference(a.prompt or "", b.prompt or "")),
            "output_diff": list(difference(a.output or "", b.output or "")),
        }
    shown = {"a": None if a is None else step_document(a), "b": None if b is None else step_document(b)}
    return {"step": pair.id, "differs": list(pair.aspects), **shown, **texts}
