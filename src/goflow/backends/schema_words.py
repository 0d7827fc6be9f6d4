"""How a schema is asked for in words, where a provider has no other way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goflow.workflow.policy import Json


def is_object(schema: Mapping[str, Json]) -> bool:
    """Whether a schema asks for a JSON object at its top, which providers have a way to ask for."""
    return schema.get("type") == "object"


def wanted_in_prompt(schema: Mapping[str, Json] | None) -> str:
    """Return what a model is told of a schema that is no object; nothing for others."""
    return "" if schema is None or is_object(schema) else told_schema(schema)


def told_schema(schema: Mapping[str, Json]) -> str:
    """Return a schema in words."""
    written = json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
    return f"Answer with one JSON value and nothing else. It must satisfy this JSON Schema: {written}"
