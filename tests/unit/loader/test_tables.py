"""Every field of what an author writes has its row in a table: none can be documented and not be read."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from goflow.loader import fields_agent, fields_policy, fields_provider, fields_step, fields_workflow
from goflow.loader.decode import Shape
from goflow.workflow import (
    Agent,
    AgentStep,
    Condition,
    Config,
    Handoff,
    Hooks,
    InputSpec,
    McpServer,
    ModelSettings,
    OutputSpec,
    ProviderSpec,
    SharedMemory,
    Truncate,
    Workflow,
)

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MADE_BY_THE_LOADER: dict[type, set[str]] = {Agent: {"file", "lenient", "prompt"}}


@pytest.mark.parametrize(
    ("shape", "cls"),
    [
        (fields_agent._FRONT_MATTER, Agent),
        (fields_agent._MCP_SERVER, McpServer),
        (fields_agent._HANDOFF, Handoff),
        (fields_agent._HOOKS, Hooks),
        (fields_policy._TRUNCATE, Truncate),
        (fields_policy._SHARED_MEMORY, SharedMemory),
        (fields_provider._PROVIDER, ProviderSpec),
        (fields_policy._SETTINGS, ModelSettings),
        (fields_step._CONDITION, Condition),
        (fields_step._STEP, AgentStep),
        (fields_workflow._INPUT, InputSpec),
        (fields_workflow._CONFIG, Config),
        (fields_workflow._OUTPUT, OutputSpec),
        (fields_workflow._WORKFLOW, Workflow),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_every_field_of_a_class_has_a_row(shape: Shape, cls: type[DataclassInstance]) -> None:
    read = {attribute for attribute, _ in shape.fields.values()}

    assert {field.name for field in fields(cls)} - MADE_BY_THE_LOADER.get(cls, set()) <= read
