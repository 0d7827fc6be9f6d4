"""What happens to a run as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from goflow.events.parts import SecretInput, SourceRecord
from goflow.events.words import RunStatus, StopReason, TimerKind
from goflow.planning.options import RunOptions
from goflow.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCreated:
    """The first event: all that a run is made from. `inputs` lacks the secret ones."""

    run_id: str
    """`r-` and random characters."""
    workflow_name: str
    """Name of the workflow."""
    workflow_path: str
    """Absolute path of the workflow file."""
    workspace: str
    """Absolute path of the current folder."""
    goflow_version: str
    """The goflow that created the run."""
    sources: tuple[SourceRecord, ...] = ()
    """The files that the run is made from."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """The inputs with defaults filled in, without the secret ones."""
    secrets: tuple[SecretInput, ...] = ()
    """The secret inputs."""
    options: RunOptions = field(default_factory=RunOptions)
    """What the command line asked for."""
    rerun_of: str = ""
    """Id of the run whose results this one takes; empty for a run of its own."""
    fresh: tuple[str, ...] = ()
    """The steps of a rerun that take no earlier result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunClaimed:
    """An owner took the run; attempts of an earlier owner are lost, and their steps pending again.

    `versions` names the parts that shape answers and prices, such as the price table.
    """

    epoch: int
    """Counts the owners, from 1."""
    owner: str
    """Host and process id."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Versions by part."""
    estimates: Mapping[str, int] = field(default_factory=dict)
    """How long steps took in earlier runs, in milliseconds by step: which of the ready ones go first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReopened:
    """A resumed run goes on with something changed: `again` are the ended steps that run once more.

    `sources`, where not empty, replaces the sources of the run (`resume --allow-changed`); so does `options`.
    """

    again: tuple[str, ...] = ()
    """Ids of the ended steps that run once more."""
    sources: tuple[SourceRecord, ...] = ()
    """The files that the run goes on with; empty where they are the same."""
    options: RunOptions | None = None
    """The options that the run goes on with; absent where they are the same."""
    rewritten: tuple[str, ...] = ()
    """Ids of the steps that had begun, and that or what they come after is written differently, and of those
    that are gone: what they had said, and added to the shared memory, no longer counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired:
    """A time that the state was waiting for has come; `step` is empty for the run's own timers."""

    timer: TimerKind
    """What the timer was set for: `retry`, `step_timeout`, `run_timeout` or `drain`."""
    step: str = ""
    """Id of the step; empty for timers of the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRequested:
    """Nothing more is started.

    What runs may end within `grace_s` seconds (0: stopped at once; None: no bound).
    """

    reason: StopReason
    """Who or what stops the run, of the reasons below."""
    grace_s: float | None
    """How long running steps may take to end, in seconds; null for as long as they need."""
    needs_usd: float | None = None
    """What a request may take, in US dollars, where the budget has less of them left."""
    needs_tokens: int | None = None
    """What a request may take, in tokens, where the budget has less of them left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    """The last event of an owner; a later `RunClaimed` may follow."""

    status: RunStatus
    """`completed`, `failed`, `interrupted` or `waiting`."""
    reason: StopReason | None = None
    """Why the run stopped before its end, if it did."""
    resume_at_ms: int | None = None
    """When a quota that the run waits for is there again, where that is why it stopped."""
