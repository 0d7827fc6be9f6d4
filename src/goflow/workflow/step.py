"""Steps: what is done. One class per kind, a closed union."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from goflow.templating import Condition
from goflow.values import dataclass
from goflow.workflow.permissions import Permissions
from goflow.workflow.policy import Budget, CachePolicy, Json, ModelSettings, OnError


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStep:
    """A prompt given to an agent."""

    id: str
    """Name of the step, unique in the file: letters, digits, `_` and `-`."""
    prompt: str
    """What the agent is asked; `{{inputs.NAME}}`, `{{steps.ID.output}}` and, where that step has an
    `output_schema`, `{{steps.ID.json.PATH}}` are filled in."""
    agent: str | None = None
    """Who is asked; absent means the workflow's only agent, else a plain assistant."""
    depends_on: tuple[str, ...] = ()
    """Steps that must have ended before this one starts."""
    condition: Condition | None = None
    """When it does not hold, the step is skipped."""
    on_error: OnError = OnError.DEFAULT
    """What a failure means for the run: `fail` or `continue`."""
    retry_count: int = 0
    """How many more attempts are made after failures that can pass."""
    timeout_s: float | None = None
    """Bound on the whole step, retries included, in seconds; written as a duration under `timeout`."""
    model: str | None = None
    """Model to try first."""
    extra_dirs: tuple[str, ...] = ()
    """Folders the agent's tools may also work in, relative to the current folder.

    One that is not below it is opened only where the current folder is trusted.
    """
    skills: tuple[str, ...] = ()
    """Skill files for this step, relative to the workflow file."""
    interactive: bool | None = None
    """Whether the agent may ask a person; absent means `config.interactive`."""
    permissions: Permissions | None = None
    """What the agent may do with its tools in this step."""
    settings: ModelSettings | None = None
    """What is asked of the model besides the prompt."""
    output_schema: Mapping[str, Json] | str | None = None
    """A JSON Schema (2020-12) that the answer satisfies: in place, or a JSON or YAML file relative to the
    workflow file."""
    attach: tuple[str, ...] = ()
    """Files that go with the prompt, relative to the workflow file, below its folder or the current one;
    `{{inputs.NAME}}` is filled in, and what is empty then is left out."""
    cache: CachePolicy | None = None
    """Whether the answer is kept for later runs: `true`, `false`, or a mapping; absent means what its agent
    says, then `config.cache`."""
    budget: Budget | None = None
    """What the step may spend, all its attempts together; it fails when a request would be more, or its time
    is over."""


Step: TypeAlias = AgentStep
"""Every kind of step; more kinds join this union."""
