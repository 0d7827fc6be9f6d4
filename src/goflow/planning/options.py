"""What is asked of one run beyond the workflow's own settings."""

from __future__ import annotations

from goflow.values import dataclass
from goflow.workflow.policy import Budget


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """Choices of the command line that shape a run, kept so that a resumed run has them too."""

    backend: str = "llm"
    """Who answers: `llm`, `mock`, `cli` or `replay`."""
    model: str | None = None
    """The model for every step (`--model`)."""
    default_model: str | None = None
    """The user's default model (`GOFLOW_MODEL`), tried after the workflow's own."""
    max_concurrency: int | None = None
    """How many steps run at a time (`-j`)."""
    only_steps: tuple[str, ...] = ()
    """The steps asked for (`--step`), which run with all they need."""
    interactive: bool | None = None
    """Whether agents may ask people; absent where the workflow decides."""
    streaming: bool = False
    """Whether answers are shown as they come."""
    allow_all_tools: bool = False
    """Whether every tool call is allowed that no rule denies (`--allow-all-tools`)."""
    trust: bool = False
    """Whether the folder is trusted in this run (`--trust`)."""
    cache: bool | None = None
    """Whether answers are kept for later runs (`--cache`); absent where the workflow decides."""
    budget: Budget | None = None
    """What the run may spend (`--budget`), over what the workflow says."""
    timeout_s: float | None = None
    """Bound on the run, in seconds (`--timeout`)."""
