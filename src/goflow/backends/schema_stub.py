"""The plainest value that a schema allows, as far as that can be told without searching for one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from goflow.workflow.policy import Json

_MOST_DEPTH: Final = 20
_PLAIN: Final[Mapping[str, Json]] = {
    "string": "mock output",
    "integer": 0,
    "number": 0,
    "boolean": False,
    "null": None,
}


def stub_of(schema: Mapping[str, Json]) -> Json:
    """Return a value: of objects what is required, of lists as much as must be, else the simplest there is.

    Patterns, formats and conditions are not looked at, so it may not satisfy them.
    """
    return _stub(schema, schema, 0)


def _stub(schema: Any, root: Mapping[str, Any], depth: int) -> Json:  # noqa: ANN401 - a part of a schema
    if not isinstance(schema, Mapping) or depth > _MOST_DEPTH:
        return None
    for word in ("const", "default"):
        if word in schema:
            value: Json = schema[word]
            return value
    if schema.get("enum"):
        first: Json = schema["enum"][0]
        return first
    inner = _inner(schema, root)
    if inner is not None:
        return _stub({**inner, **_own(schema)}, root, depth + 1)
    return _of_type(schema, root, depth)


def _inner(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the schema that stands behind a reference or a choice."""
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/"):
        found: Any = root
        for part in reference[2:].split("/"):
            found = (
                found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, Mapping) else None
            )
        return found if isinstance(found, Mapping) else {}
    for word in ("allOf", "anyOf", "oneOf"):
        if isinstance(schema.get(word), list) and schema[word]:
            first = schema[word][0]
            return first if isinstance(first, Mapping) else {}
    return None


def _own(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key not in ("$ref", "allOf", "anyOf", "oneOf")}


def _of_type(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Json:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    match kind[0] if isinstance(kind, list) and kind else kind:
        case "object":
            wanted, known = schema.get("required", []), schema.get("properties", {})
            return {name: _stub(known.get(name, {}), root, depth + 1) for name in wanted}
        case "array":
            items = schema.get("items", {})
            return [_stub(items, root, depth + 1) for _ in range(schema.get("minItems", 0))]
        case "string":
            text = "mock output".ljust(schema.get("minLength", 0), ".")
            return text[: schema.get("maxLength", len(text))]
        case "integer" | "number":
            low: float = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
            high: float = schema.get("maximum", low)
            return min(max(0, low), max(high, low))
        case name:
            return _PLAIN.get(str(name))
