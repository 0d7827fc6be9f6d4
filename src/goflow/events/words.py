"""The words that facts use for how a run stands, what went wrong, and why it stops."""

from __future__ import annotations

from enum import StrEnum


class RunStatus(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    """An owner works on it, or has died."""
    COMPLETED = "completed"
    """All has ended; steps may have failed where their authors let them."""
    FAILED = "failed"
    """A step failed that others may not outlive."""
    INTERRUPTED = "interrupted"
    """It was stopped, and can be resumed."""
    WAITING = "waiting"
    """It was stopped for an answer, and can be resumed."""


class FailureKind(StrEnum):
    """Why an attempt failed, as its backend understood it."""

    TIMEOUT = "timeout"
    """A request took too long."""
    CONNECTION = "connection"
    """The service could not be reached, or the connection broke."""
    OVERLOADED = "overloaded"
    """The service has too much to do."""
    RATE_LIMITED = "rate_limited"
    """Too many requests or tokens in a time."""
    QUOTA_EXHAUSTED = "quota_exhausted"
    """The account may not use any more."""
    MODEL_UNAVAILABLE = "model_unavailable"
    """The service does not have the model."""
    EMPTY_OUTPUT = "empty_output"
    """The answer holds no text."""
    MALFORMED = "malformed"
    """The answer is not of the provider's protocol; most often the address is wrong. Not asked again."""
    INVALID_OUTPUT = "invalid_output"
    """The answer does not satisfy the step's schema, also after it was asked to be mended."""
    REJECTED = "rejected"
    """The service refuses the request as it is, or its content filter the answer."""
    CREDENTIALS = "credentials"
    """The key is missing, wrong, or not allowed to do this."""
    STEP_TIMEOUT = "step_timeout"
    """The step's own time was over."""
    OVER_BUDGET = "over_budget"
    """The step's own budget does not allow another request."""
    INTERNAL = "internal"
    """A defect of goflow."""


class StopReason(StrEnum):
    """Why a run stops before its end."""

    SIGINT = "sigint"
    """Ctrl-C."""
    SIGTERM = "sigterm"
    """The system or a supervisor asked for it."""
    CANCELLED = "cancelled"
    """`goflow cancel`."""
    TIMEOUT = "timeout"
    """The run's own time was over."""
    UNANSWERED = "unanswered"
    """A question that nobody could answer."""
    BUDGET = "budget"
    """The run's budget does not allow another request."""
    QUOTA = "quota"
    """All that is left waits for a quota that is used up until a known time."""


class TimerKind(StrEnum):
    """What a timer was set for."""

    RETRY = "retry"
    """The wait before another attempt."""
    STEP_TIMEOUT = "step_timeout"
    """The time of a step."""
    RUN_TIMEOUT = "run_timeout"
    """The time of the run."""
    TIME_BUDGET = "time_budget"
    """The time that the run's budget allows."""
    DRAIN = "drain"
    """The time that running steps have to end."""
