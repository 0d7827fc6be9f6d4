"""Whether a JSON Schema is one, and refers to nothing outside itself: nothing is ever fetched."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any, Final

from goflow.loader.schema_words import MOST_TOLD, words
from goflow.planning.schemas import path_of, referred, subschemas
from goflow.problems import shown, suggest
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema import ValidationError

    from goflow.planning.schemas import Schema
    from goflow.problems import FieldPath

_TYPES: Final = ("array", "boolean", "integer", "null", "number", "object", "string")
_REFERENCES: Final = ("$ref", "$dynamicRef")
_SAME_VALUE: Final = frozenset(("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"))
"""Keywords whose schemas look at the value itself, not at a part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """What is wrong in a schema, and where in it."""

    code: str
    path: FieldPath
    message: str
    help: str | None = None


def mistakes_of(schema: Schema) -> list[Mistake]:
    """Return what is wrong with a schema: its keywords, else what it refers to."""
    return list(_misused(schema, ())) or _References(schema).mistakes()


def _misused(schema: Any, at: FieldPath) -> Iterator[Mistake]:  # noqa: ANN401 - JSON of the author's
    from jsonschema import Draft202012Validator, FormatChecker

    checker = Draft202012Validator(
        Draft202012Validator.META_SCHEMA, format_checker=FormatChecker(formats=("regex",))
    )
    found: dict[FieldPath, Mistake] = {}
    for error in checker.iter_errors(schema):
        path = (*at, *error.absolute_path)
        message, hint = _told(error, path)
        message = f"no valid JSON Schema: {message}"
        found.setdefault(path, Mistake(code="GF125", path=path, message=message, help=hint))
        if len(found) == MOST_TOLD:
            break
    yield from found.values()


def _told(error: ValidationError, path: FieldPath) -> tuple[str, str | None]:
    written = error.instance
    if path[-1:] == ("type",) and isinstance(written, str):
        return f"{shown(written)} is no type", suggest(written, _TYPES) or f"types: {', '.join(_TYPES)}"
    if error.validator == "format":
        return f"{shown(str(written))} is no regular expression", None
    return words(error), None


class _References:
    """Follows what a schema refers to, from schema to schema, each looked at once."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._paths: dict[int, FieldPath] = {}
        self._needs: dict[int, set[int]] = {}
        self._referred: list[tuple[FieldPath, Any]] = []

    def mistakes(self) -> list[Mistake]:
        """Return the references that lead nowhere, and those that come back to where they began."""
        found = list(self._seen_from((), self._root))
        while self._referred:
            path, schema = self._referred.pop()
            if id(schema) not in self._paths:
                found += _misused(schema, path)
                found += self._seen_from(path, schema)
        return found or list(self._circles())

    def _seen_from(self, path: FieldPath, schema: Any) -> Iterator[Mistake]:  # noqa: ANN401 - JSON
        border = [(path, schema)]
        while border:
            path, schema = border.pop()
            if id(schema) in self._paths or not isinstance(schema, dict):
                continue
            self._paths[id(schema)] = path
            needs = self._needs[id(schema)] = set()
            for place, each in subschemas(schema):
                border.append(((*path, *place), each))
                if place[0] in _SAME_VALUE:
                    needs.add(id(each))
            yield from self._followed(path, schema, needs)

    def _followed(self, path: FieldPath, schema: Mapping[str, Any], needs: set[int]) -> Iterator[Mistake]:
        if path and "$id" in schema:
            told = "it changes what `#/…` means: remove it"
            yield Mistake(code="GF126", path=(*path, "$id"), message="`$id` inside a schema", help=told)
        for keyword in _REFERENCES:
            if keyword in schema:
                target = referred(self._root, schema[keyword])
                if isinstance(target, dict):
                    needs.add(id(target))
                    self._referred.append((path_of(schema[keyword]), target))
                elif not isinstance(target, bool):
                    yield self._lost((*path, keyword), schema[keyword])

    def _lost(self, path: FieldPath, reference: str) -> Mistake:
        message = f"`{path[-1]}` {shown(reference)} leads to no schema inside this one"
        if not reference.startswith("#/"):
            told = "nothing is fetched: put the schema below `$defs`, and write `#/$defs/NAME`"
            return Mistake(code="GF126", path=path, message=message, help=told)
        known = [f"#/$defs/{name}" for name in self._root.get("$defs") or ()]  # type: ignore[union-attr]
        return Mistake(code="GF126", path=path, message=message, help=suggest(reference, known))

    def _circles(self) -> Iterator[Mistake]:
        """Yield a circle of schemas that all look at the same value: to follow it would never end."""
        try:
            TopologicalSorter(self._needs).prepare()
        except CycleError as error:
            path = self._paths[error.args[1][0]]
            told = "a schema may refer to itself below `properties` or `items`"
            yield Mistake(code="GF126", path=path, message="a `$ref` comes back to where it began", help=told)
