"""The plan: a checked workflow with everything resolved that does not take a run to know. Immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.templating import Template
    from goflow.workflow import Attachment, Condition, ModelSettings, OutputSpec, Permissions, Truncate
    from goflow.workflow.policy import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAgent:
    """Who a step asks; `system` is the system prompt, `tools` None where nothing is restricted."""

    name: str
    system: Template
    file: str | None = None
    tools: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCache:
    """How a step's answer is kept for later runs.

    `is_asked_for`: its own `cache` or its agent's says so, and it is kept even where tools may have changed
    the world.
    """

    ttl_ms: int | None = None
    is_of_workflow: bool = False
    is_asked_for: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """One step, ready to be scheduled.

    `needs` are the steps that must have ended first, in the file's order; `dependents` the other way round;
    `reads` those whose outputs its prompts or its condition insert. `models` are tried in order and never
    empty; None is the provider's own default. `is_fatal`: its failure dooms its descendants; `is_covered`:
    its author said `on_error: continue`. With an `output_schema`, the answer is JSON that satisfies it.
    """

    id: str
    index: int
    level: int
    agent: PlannedAgent
    prompt: Template
    needs: tuple[str, ...]
    dependents: tuple[str, ...]
    reads: frozenset[str]
    models: tuple[str | None, ...]
    is_fatal: bool
    is_covered: bool
    condition: Condition | None = None
    retry_count: int = 0
    timeout_ms: int | None = None
    interactive: bool = False
    extra_dirs: tuple[str, ...] = ()
    settings: ModelSettings | None = None
    output_schema: Mapping[str, Json] | None = None
    attachments: tuple[Attachment, ...] = ()
    permissions: tuple[Permissions, ...] = ()
    """From general to specific: the workflow's, the agent's, the step's."""
    cache: PlannedCache | None = None
    budget: PlannedBudget | None = None

    def model_at(self, index: int) -> str | None:
        """Return the model to try; the last one where a resumed run has fewer than it began with."""
        return self.models[min(index, len(self.models) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBudget:
    """What may be spent; what is None has no bound."""

    cost_usd: float | None = None
    tokens: int | None = None
    time_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMemory:
    """The memory that all agents of a run share: what it holds at the start, and whether prompts show it."""

    initial: str = ""
    is_injected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A workflow's steps by id in the file's order, and the settings of the run. `levels` are for people."""

    name: str
    steps: Mapping[str, PlannedStep]
    levels: tuple[tuple[str, ...], ...]
    inputs: Mapping[str, str]
    output: OutputSpec
    max_concurrency: int = 0
    streaming: bool = False
    timeout_ms: int | None = None
    bound: Truncate | None = None
    memory: PlannedMemory | None = None
    budget: PlannedBudget | None = None
    secret_inputs: frozenset[str] = field(default_factory=frozenset)
