"""The tables of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yaml import MappingNode

from goflow.loader.decode import Shape, fields_of, one_or_more, record, report_later, texts
from goflow.loader.entries import entries
from goflow.loader.fields_permissions import permissions
from goflow.loader.fields_policy import budget, cache, settings
from goflow.loader.findings import Findings
from goflow.loader.json_values import json_mapping
from goflow.loader.scalars import boolean, choice, duration, identifier, text, whole_number
from goflow.workflow import AgentStep, Condition, OnError

if TYPE_CHECKING:
    from yaml import Node

    from goflow.workflow.policy import Json

LATER_OF_AGENTS = frozenset(("backend", "labels"))
"""What both agents and steps of part 2 have."""

_CONDITION = Shape(
    noun="a condition",
    fields={
        "step": ("step", text),
        "contains": ("contains", one_or_more),
        "not_contains": ("not_contains", one_or_more),
        "equals": ("equals", one_or_more),
        "not_equals": ("not_equals", one_or_more),
    },
    required=("step",),
)
_ON_ERROR = choice({"": "", "fail": "fail", "continue": "continue", "skip": "continue", "retry": "retry"})


def _on_error(at: Findings, node: Node) -> str | None:
    if isinstance(node, MappingNode) and "fallback" in entries(at, node):
        report_later(at, "`on_error: {fallback: …}`", node)
        return None
    return _ON_ERROR(at, node)


def _output_schema(at: Findings, node: Node) -> dict[str, Json] | str | None:
    if isinstance(node, MappingNode):
        return json_mapping(at, node)
    return text(at, node, expected="a JSON Schema, which is a mapping, or the path of a file that holds one")


_STEP = Shape(
    noun="a step",
    fields={
        "id": ("id", identifier),
        "agent": ("agent", text),
        "prompt": ("prompt", text),
        "depends_on": ("depends_on", texts),
        "condition": ("condition", record(_CONDITION, Condition)),
        "on_error": ("on_error", _on_error),
        "retry_count": ("retry_count", whole_number),
        "timeout": ("timeout_s", duration),
        "model": ("model", text),
        "extra_dirs": ("extra_dirs", texts),
        "skills": ("skills", texts),
        "interactive": ("interactive", boolean),
        "permissions": ("permissions", permissions),
        "settings": ("settings", settings),
        "output_schema": ("output_schema", _output_schema),
        "attach": ("attach", texts),
        "cache": ("cache", cache),
        "budget": ("budget", budget),
    },
    required=("id", "prompt"),
    later=LATER_OF_AGENTS
    | frozenset(
        (
            *("for_each", "repeat", "when", "run", "python", "workflow", "ask", "wait"),
            *("trigger", "finally", "terminate"),
        )
    ),
)


def step(at: Findings, node: Node) -> AgentStep | None:
    """Return a step; one with a mistake is kept where it has an id, so that others may refer to it."""
    values = fields_of(at, node, _STEP)
    if values is None or "id" not in values:
        return None
    values.setdefault("prompt", "")
    if "on_error" in values:
        _apply_on_error(values)
    return AgentStep(**values)


def _apply_on_error(values: dict[str, Any]) -> None:
    word = values.pop("on_error")
    if word == "retry":
        values.setdefault("retry_count", 1)
    else:
        values["on_error"] = OnError(word)
