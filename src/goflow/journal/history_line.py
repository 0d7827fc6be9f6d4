"""A run in the history as one line: numbers and names, never a prompt or an answer."""

from __future__ import annotations

import json
import re
from operator import attrgetter
from typing import Any, Final

from goflow.events import RunStatus
from goflow.journal.seal import is_sealed, matches, seal
from goflow.projections.sample import RunSamples, Sample
from goflow.scheduler.status import StepStatus
from goflow.values import dataclass

VERSION: Final = 1

_HEAD: Final = re.compile(rb'\{"v":[0-9]{1,9},"run":"([!#-~]*)","backend":"([!#-~]*)",')
_ROW: Final = (
    "step",
    "shape",
    "status",
    "model",
    "duration_ms",
    "requests",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "failed_attempts",
    "repairs",
    "throttled_ms",
    "prompt_chars",
)
"""The fields of a sample, in the order of its values in a line."""

_values_of: Final = attrgetter(*_ROW)
_NAMES: Final = slice(0, 3)
_COUNTS: Final = (4, 5, 6, 7, 9, 10, 11, 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Whose line it is, read without the rest."""

    run_id: str
    backend: str


def encode_run(run: RunSamples) -> bytes:
    """Return the run's line, with its end and a checksum."""
    fields = {
        "v": VERSION,
        "run": run.run_id,
        "backend": run.backend,
        "path": run.path,
        "workflow": run.workflow,
        "status": run.status,
        "ended_ms": run.ended_ms,
        "active_ms": run.active_ms,
        "samples": [_values_of(sample) for sample in run.samples],
    }
    return seal([json.dumps(fields, ensure_ascii=True, separators=(",", ":"))])


def head_of(line: bytes) -> Head | None:
    """Return whose line it is; None for one that is damaged."""
    found = _HEAD.match(line) if is_sealed(line) and matches([line]) else None
    return None if found is None else Head(run_id=found[1].decode(), backend=found[2].decode())


def decode_run(line: bytes) -> RunSamples | None:
    """Return the run of a line that has a head; None for one of another version."""
    try:
        return _run(json.loads(line))
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


def _run(fields: Any) -> RunSamples | None:  # noqa: ANN401 - foreign data
    if fields["v"] != VERSION:
        return None
    return RunSamples(
        run_id=str(fields["run"]),
        backend=str(fields["backend"]),
        path=str(fields["path"]),
        workflow=str(fields["workflow"]),
        status=RunStatus(fields["status"]),
        ended_ms=int(fields["ended_ms"]),
        active_ms=int(fields["active_ms"]),
        samples=tuple(map(_sample, fields["samples"])),
    )


def _sample(row: Any) -> Sample:  # noqa: ANN401 - foreign data
    is_right = (
        len(row) == len(_ROW)
        and all(type(name) is str for name in row[_NAMES])
        and (row[3] is None or type(row[3]) is str)
        and all(type(row[place]) is int and row[place] >= 0 for place in _COUNTS)
        and (row[8] is None or type(row[8]) in (int, float))
    )
    if not is_right:
        raise ValueError(row)
    named = dict(zip(_ROW, row, strict=True))
    return Sample(**named | {"status": StepStatus(named["status"])})
