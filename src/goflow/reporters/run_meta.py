"""`workflow.meta.json`, made from a run's view."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from goflow.events import MASK
from goflow.journal.moments import show_moment
from goflow.reporters.step_meta import encode_text

if TYPE_CHECKING:
    from goflow.projections import RunView


def make_run_meta(view: RunView, source: bytes) -> bytes:
    """Describe a run that has begun; `source` are the bytes of its workflow file."""
    meta = {
        "run_id": view.run_id,
        "workflow_name": view.workflow_name,
        "started_at": _moment(view.started_ms),
        "completed_at": _moment(view.ended_ms),
        "status": view.status,
        "inputs": shown_inputs(view),
        "config_hash": hashlib.sha256(source).hexdigest(),
    }
    return encode_text(json.dumps(meta, ensure_ascii=False, indent=2) + "\n")


def _moment(at_ms: int | None) -> str:
    return "" if at_ms is None else show_moment(at_ms)


def shown_inputs(view: RunView) -> dict[str, str]:
    """Return the inputs; of a secret one only that it was given."""
    if view.created is None:
        return {}
    return {**view.created.inputs, **{secret.name: MASK for secret in view.created.secrets}}
