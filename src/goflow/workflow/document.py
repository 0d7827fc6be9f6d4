"""A workflow file, whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from goflow.templating import Truncate
from goflow.values import dataclass
from goflow.workflow.agent import Agent
from goflow.workflow.permissions import Permissions
from goflow.workflow.policy import Budget, CachePolicy, LimitSpec, OutputFormat, ProviderSpec, SharedMemory
from goflow.workflow.step import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSpec:
    """A value the workflow takes."""

    description: str | None = None
    """What the value is for."""
    default: str | None = None
    """Used when no value is given; the empty string is a default, null is none."""
    secret: bool = False
    """Whether the value is masked in everything that is written, and asked for again on resume."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRef:
    """An entry of `agents`: exactly one of a file, an inline agent, or neither (looked up by name)."""

    file: str | None = None
    """An agent file, relative to the workflow file."""
    inline: Agent | None = None
    """An agent written in place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Settings of every run of the workflow."""

    model: str | None = None
    """Fallback model for every step."""
    max_concurrency: int = 0
    """How many steps run at a time over the whole run; 0 means unlimited."""
    audit_dir: str | None = None
    """Where run folders are made, relative to the current folder."""
    audit_retention: int = 0
    """How many of the newest runs of the folder are kept, whatever workflows they are of; 0 keeps all."""
    interactive: bool = False
    """Whether agents may ask a person, where a step does not say."""
    streaming: bool = False
    """Whether models stream, and `stream.jsonl` is kept for each step."""
    log_level: str | None = None
    """`debug`, `info`, `warn` or `error`: how much is said on stderr."""
    agent_search_paths: tuple[str, ...] = ()
    """More folders with agent files, relative to the current folder; earlier ones win."""
    provider: ProviderSpec | None = None
    """Which service answers."""
    truncate: Truncate | None = None
    """Bound on outputs where they are injected into prompts."""
    shared_memory: SharedMemory | None = None
    """One memory for all agents of a run."""
    cache: CachePolicy | None = None
    """Whether answers are kept for later runs, where neither the step nor its agent says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSpec:
    """What is printed at the end."""

    steps: tuple[str, ...] = ()
    """Steps to print, in this order; absent means all completed ones in the file's order."""
    format: OutputFormat = OutputFormat.MARKDOWN
    """`markdown`, `plain`, `text` or `json`."""
    truncate: Truncate | None = None
    """Bound on outputs where they are injected into prompts, if `config.truncate` has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """A DAG of steps with the agents and inputs they use."""

    name: str
    """Names the run's folder; the file's stem by default."""
    steps: tuple[Step, ...]
    """What is done."""
    description: str | None = None
    """What the workflow is for."""
    inputs: Mapping[str, InputSpec] = field(default_factory=dict)
    """The values it takes."""
    config: Config = field(default_factory=Config)
    """Settings of every run."""
    agents: Mapping[str, AgentRef] = field(default_factory=dict)
    """Agents by name."""
    skills: tuple[str, ...] = ()
    """Skill files for every step, relative to the workflow file."""
    permissions: Permissions | None = None
    """What agents may do with their tools; the rules of agents and steps win over these."""
    limits: Mapping[str, LimitSpec] = field(default_factory=dict)
    """What may be asked in a time, by model, `provider:model`, or provider (for each of its models)."""
    budget: Budget | None = None
    """What a run may spend, resumed runs as a whole; reaching it stops the run, which can be resumed."""
    output: OutputSpec = field(default_factory=OutputSpec)
    """What is printed at the end."""
