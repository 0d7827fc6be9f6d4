"""What is asked of one run beyond the workflow's own settings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """Choices of the command line that shape a run, kept so that a resumed run has them too."""

    backend: str = "llm"
    model: str | None = None
    default_model: str | None = None
    max_concurrency: int | None = None
    only_steps: tuple[str, ...] = ()
    interactive: bool | None = None
    streaming: bool = False
    timeout_s: float | None = None
