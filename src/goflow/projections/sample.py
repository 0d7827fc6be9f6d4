"""What a step took in one run, and those of a whole run together: what later runs learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.events import RunStatus
    from goflow.scheduler.status import StepStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one step took, all its attempts together.

    `status` is `completed` or `failed`; `model` the one that answered, else the last one asked. `duration_ms`
    is the time that attempts were at work: not that between them, nor that spent throttled or waiting for a
    person. `cost_usd` is None where it is not known.
    """

    step: str
    shape: str
    status: StepStatus
    model: str | None
    duration_ms: int
    requests: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    failed_attempts: int
    repairs: int
    throttled_ms: int
    prompt_chars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSamples:
    """The samples of one run; only those of the same `backend` compare. `active_ms` is its owners' time."""

    run_id: str
    backend: str
    path: str
    workflow: str
    status: RunStatus
    ended_ms: int
    active_ms: int
    samples: tuple[Sample, ...]
