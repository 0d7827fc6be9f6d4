"""What the author wrote, as frozen data. Names and prompts keep their spelling; nothing here is resolved."""

from __future__ import annotations

from goflow.templating import Condition, Truncate, TruncateStrategy
from goflow.workflow.agent import Agent, Handoff, Hooks, McpServer
from goflow.workflow.bundle import Attachment, Bundle, SchemaFile, SourceFile, SourceRole
from goflow.workflow.document import AgentRef, Config, InputSpec, OutputSpec, Workflow
from goflow.workflow.permissions import PermissionRule, Permissions
from goflow.workflow.policy import (
    Budget,
    CachePolicy,
    CacheScope,
    LimitSpec,
    ModelSettings,
    OnError,
    OutputFormat,
    ProviderSpec,
    SharedMemory,
    WireApi,
)
from goflow.workflow.step import AgentStep, Step

__all__ = [
    "Agent",
    "AgentRef",
    "AgentStep",
    "Attachment",
    "Budget",
    "Bundle",
    "CachePolicy",
    "CacheScope",
    "Condition",
    "Config",
    "Handoff",
    "Hooks",
    "InputSpec",
    "LimitSpec",
    "McpServer",
    "ModelSettings",
    "OnError",
    "OutputFormat",
    "OutputSpec",
    "PermissionRule",
    "Permissions",
    "ProviderSpec",
    "SchemaFile",
    "SharedMemory",
    "SourceFile",
    "SourceRole",
    "Step",
    "Truncate",
    "TruncateStrategy",
    "WireApi",
    "Workflow",
]
