"""What a JSON Schema has against a value, in words that a model can act on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Say: TypeAlias = Callable[[Any, Any, Any], str]
"""Makes words of a value, of what a keyword asks of it, and of the schema that the keyword stands in."""

MOST_TOLD: Final = 10
"""How many errors are told at most."""

_MOST_SEEN: Final = 100
_SHOWN: Final = 80
_LISTED: Final = 20
_MOST_CHARS: Final = 400
_BRANCHES: Final = 4
_NAME: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]{0,80}")


def told(errors: Iterable[ValidationError]) -> list[str]:
    """Return a line for each of the first errors: where it is, and what is wrong there."""
    lines: dict[str, None] = {}
    for error in islice(errors, _MOST_SEEN):
        lines.setdefault(_line(error))
        if len(lines) == MOST_TOLD:
            break
    return list(lines)


def words(error: ValidationError) -> str:
    """Return what is wrong, without the place."""
    if error.validator is None:
        return f"{_value(error.instance)} is not allowed"
    if error.validator in {"anyOf", "oneOf"}:
        return _branches(error)
    say = _WORDS.get(str(error.validator))
    if say is None:
        return _cut(error.message, _MOST_CHARS)
    return say(error.instance, error.validator_value, error.schema)


def place(path: Iterable[str | int]) -> str:
    """Return a place in a value: `$.items[2].price`."""
    return _cut("$" + "".join(map(_step, path)), _MOST_CHARS)


def _line(error: ValidationError) -> str:
    return f"at {place(error.absolute_path)}: {words(error)}"


def _step(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if _NAME.fullmatch(part) else f"[{_value(part)}]"


def _value(value: Any, most: int = _SHOWN) -> str:  # noqa: ANN401 - any JSON
    """Return a value as JSON, cut where it is long."""
    match value:
        case dict() if len(value) > _SHOWN:
            return f"an object with {len(value)} keys"
        case list() if len(value) > _SHOWN:
            return f"a list of {len(value)} items"
        case str() if len(value) > most:
            return json.dumps(value[:most], ensure_ascii=False) + "…"
        case _:
            return _cut(json.dumps(value, ensure_ascii=False), most)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + "…"


def _type(instance: Any, wanted: Any, schema: Any) -> str:  # noqa: ANN401
    names = wanted if isinstance(wanted, list) else [wanted]
    return f"{_value(instance)} is not of type {' or '.join(map(str, names))}"


def _required(instance: Any, wanted: Any, schema: Any) -> str:  # noqa: ANN401
    missing = [name for name in wanted if name not in instance]
    return f"{_names(missing)} {'is' if len(missing) == 1 else 'are'} missing"


def _unexpected(instance: Any, wanted: Any, schema: Any) -> str:  # noqa: ANN401
    known = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    more = [
        name
        for name in instance
        if name not in known and not any(re.search(pattern, name) for pattern in patterns)
    ]
    allowed = f"; allowed: {_names(known)}" if known else ""
    return f"{_names(more)} {'is' if len(more) == 1 else 'are'} not allowed here{allowed}"


def _names(names: Iterable[str]) -> str:
    return _cut(
        ", ".join(json.dumps(name, ensure_ascii=False) for name in islice(names, _LISTED)), _MOST_CHARS
    )


def _compared(relation: str, most: int = _SHOWN) -> Say:
    return lambda instance, wanted, _: f"{_value(instance)} {relation} {_value(wanted, most)}"


def _sized(noun: str, relation: str) -> Say:
    return lambda instance, wanted, _: f"has {len(instance)} {noun}, {relation} {wanted}"


def _branches(error: ValidationError) -> str:
    """Say of each branch of a choice what is wrong with the value, the first thing of each."""
    first: dict[object, ValidationError] = {}
    for each in error.context or ():
        first.setdefault(each.relative_schema_path[0], each)
    if not first:
        return f"matches more than one of the schemas of `{error.validator}`"
    lines = [_line(each) for each in islice(first.values(), _BRANCHES)]
    return _cut(f"matches none of {len(first)} schemas: {'; or '.join(lines)}", 2 * _MOST_CHARS)


_WORDS: Final[Mapping[str, Say]] = {
    "type": _type,
    "required": _required,
    "additionalProperties": _unexpected,
    "enum": _compared("is not one of", _MOST_CHARS),
    "const": _compared("is not", _MOST_CHARS),
    "minimum": _compared("is less than"),
    "maximum": _compared("is more than"),
    "exclusiveMinimum": _compared("is not more than"),
    "exclusiveMaximum": _compared("is not less than"),
    "multipleOf": _compared("is not a multiple of"),
    "pattern": _compared("does not match the pattern"),
    "minLength": _sized("characters", "fewer than"),
    "maxLength": _sized("characters", "more than"),
    "minItems": _sized("items", "fewer than"),
    "maxItems": _sized("items", "more than"),
    "minProperties": _sized("properties", "fewer than"),
    "maxProperties": _sized("properties", "more than"),
    "uniqueItems": lambda *_: "an item stands in the list twice",
}
