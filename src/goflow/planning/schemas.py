"""What the schemas of outputs say: which steps have one, what refers to what inside, where a path leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import unquote

from goflow.templating.json_path import index_of

if TYPE_CHECKING:
    from goflow.problems import FieldPath
    from goflow.workflow import Bundle, Step
    from goflow.workflow.policy import Json

Schema: TypeAlias = "Mapping[str, Json]"

_ONE: Final = (
    *("items", "contains", "unevaluatedItems", "additionalProperties", "unevaluatedProperties"),
    *("propertyNames", "not", "if", "then", "else", "contentSchema"),
)
_SEVERAL: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_NAMED: Final = ("$defs", "definitions", "properties", "patternProperties", "dependentSchemas")


def schema_of(step: Step, bundle: Bundle) -> Schema | None:
    """Return what a step's answer satisfies; None where it is free, or the schema's file cannot be read."""
    written = step.output_schema
    if isinstance(written, str):
        file = bundle.schemas.get(written)
        return None if file is None else file.content
    return written


def structured_steps(bundle: Bundle) -> frozenset[str]:
    """Return the steps whose outputs are JSON."""
    return frozenset([step.id for step in bundle.workflow.steps if step.output_schema is not None])


def subschemas(schema: Mapping[str, Any]) -> Iterator[tuple[FieldPath, Any]]:
    """Yield the schemas that stand directly inside one, with their places; data in it are none."""
    for keyword in _ONE:
        if keyword in schema:
            yield (keyword,), schema[keyword]
    for keyword in _SEVERAL:
        if isinstance(schema.get(keyword), list):
            yield from (((keyword, index), each) for index, each in enumerate(schema[keyword]))
    for keyword in _NAMED:
        if isinstance(schema.get(keyword), Mapping):
            yield from (((keyword, name), each) for name, each in schema[keyword].items())


def referred(root: Any, reference: object) -> Any:  # noqa: ANN401 - JSON of the author's
    """Return what `#/…` refers to inside `root`, or None where there is nothing."""
    if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
        return None
    found = root
    for part in path_of(reference):
        found = _child(found, part)
    return found


def path_of(reference: str) -> FieldPath:
    """Return the parts of a reference `#/…`."""
    parts = unquote(reference[1:]).split("/")[1:]
    return tuple([part.replace("~1", "/").replace("~0", "~") for part in parts])


def _child(value: Any, name: str | int) -> Any:  # noqa: ANN401 - JSON of the author's
    if isinstance(value, Mapping):
        return value.get(name)
    index = index_of(name)
    return value[index] if isinstance(value, list) and index is not None and index < len(value) else None
