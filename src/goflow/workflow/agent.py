"""Agents: who is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from goflow.values import dataclass
from goflow.workflow.permissions import Permissions
from goflow.workflow.policy import CachePolicy, ModelSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class McpServer:
    """A Model Context Protocol server that an agent's tools come from."""

    command: str
    """The program to start."""
    args: tuple[str, ...] = ()
    """Its arguments."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Variables added to its environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """Another agent that this one may pass the conversation to."""

    label: str | None = None
    """What an editor shows on the button."""
    agent: str | None = None
    """Name of the other agent."""
    prompt: str | None = None
    """What the other agent is asked."""
    send: bool = False
    """Whether the prompt is sent without a person's confirmation."""
    model: str | None = None
    """Model for the hand-off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """Commands run around tool calls."""

    on_pre_tool_use: str | None = None
    """Command run before each tool call."""
    on_post_tool_use: str | None = None
    """Command run after each tool call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A system prompt with the tools and models that go with it."""

    name: str
    """How steps refer to it."""
    prompt: str = ""
    """The system prompt: an agent file's body, or `prompt` of an inline agent."""
    description: str | None = None
    """What the agent is for."""
    tools: tuple[str, ...] | None = None
    """Names of the tools the agent may use; absent means no restriction."""
    models: tuple[str, ...] = ()
    """Models in the order to try."""
    agents: tuple[str, ...] = ()
    """Other agents it may call."""
    mcp_servers: Mapping[str, McpServer] = field(default_factory=dict)
    """MCP servers by name."""
    handoffs: tuple[Handoff, ...] = ()
    """Agents it may hand over to."""
    hooks: Hooks | None = None
    """Commands run around tool calls."""
    permissions: Permissions | None = None
    """What the agent may do with its tools; a step's own rules win over these."""
    settings: ModelSettings | None = None
    """What is asked of the model; a step's own settings win, field by field."""
    cache: CachePolicy | None = None
    """Whether its answers are kept for later runs; what a step says wins."""
    file: str | None = None
    """Absolute path of the agent file, none for inline and built-in agents."""
    lenient: bool = False
    """Whether an unknown reference in the prompt stays as text (agent files) or is a mistake (inline
    agents).
    """
