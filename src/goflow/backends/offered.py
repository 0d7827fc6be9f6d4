"""What a model is offered besides the messages: its tools, and the schema that its answer must satisfy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.tools import ToolDefinition

from goflow.backends.messages import FINAL_ANSWER
from goflow.backends.schema_words import is_object
from goflow.tools.base import Tool

if TYPE_CHECKING:
    from pydantic_ai.models import Model

    from goflow.workflow.policy import Json


def parameters_for(
    model: Model, tools: Mapping[str, Tool], schema: Mapping[str, Json] | None
) -> ModelRequestParameters:
    """Return the parameters of each request of a conversation.

    The schema is asked for natively where the provider has a way to, else as the arguments of a tool. One
    that is no object has no place in either: the prompt says what is wanted (`wanted_in_prompt`).
    """
    functions = [_definition(name, tool) for name, tool in tools.items()]
    if schema is None or not is_object(schema):
        return ModelRequestParameters(function_tools=functions)
    if _has_native(model, has_tools=bool(functions)):
        wanted = OutputObjectDefinition(json_schema=dict(schema), name=FINAL_ANSWER)
        return ModelRequestParameters(function_tools=functions, output_mode="native", output_object=wanted)
    final = ToolDefinition(
        name=FINAL_ANSWER,
        description="Give the final answer.",
        parameters_json_schema=dict(schema),
        kind="output",
    )
    return ModelRequestParameters(
        function_tools=functions, output_mode="tool", output_tools=[final], allow_text_output=False
    )


def _has_native(model: Model, *, has_tools: bool) -> bool:
    profile = model.profile
    is_exclusive = model.system.startswith("google") and has_tools
    return bool(profile.get("supports_json_schema_output", False)) and not is_exclusive


def _definition(name: str, tool: Tool) -> ToolDefinition:
    return ToolDefinition(
        name=name, description=tool.description, parameters_json_schema=dict(tool.json_schema()), strict=False
    )
