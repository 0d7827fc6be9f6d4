"""How values of the event classes stand in JSON: writers and readers, made once from the type hints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import partial
from json.encoder import encode_basestring_ascii as quote
from math import isinf, isnan
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Final, TypeAlias, get_args, get_origin, get_type_hints

from goflow.values import dataclass

WriteText: TypeAlias = Callable[[str], str]
ReadText: TypeAlias = Callable[[object], str]
Write: TypeAlias = Callable[[Any], str]
Read: TypeAlias = Callable[[object], Any]

_HINTS: Final[dict[type[Any], dict[str, Any]]] = {}

REQUIRED: Final = object()
"""Stands where a field has no default; it equals nothing, so such a field is always written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteShape:
    """How to write one class: its values as a tuple, and per field the key, the default and the writer."""

    values: Callable[[Any], tuple[object, ...]]
    fields: tuple[tuple[str, object, Write], ...]

    def write(self, value: object) -> str:
        """Return `,"name":value` for every field that is not at its default."""
        text = ""
        for item, (key, default, write) in zip(self.values(value), self.fields, strict=True):
            if item is not default and item != default:
                text += key + write(item)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadShape:
    """How to read one class: a reader a field, and the fields that must be there."""

    make: type[Any]
    fields: tuple[tuple[str, Read], ...]
    required: frozenset[str]

    def read(self, value: object) -> Any:  # noqa: ANN401 - an instance of `make`, known at run time alone
        """Return the instance; raise ValueError that says what is wrong. Unknown keys are ignored."""
        if type(value) is not dict:
            raise _unlike("an object", value)
        if not self.required <= value.keys():
            names = ", ".join(f"`{name}`" for name in sorted(self.required - value.keys()))
            message = f"{names} is missing"
            raise ValueError(message)
        known = {}
        for name, read in self.fields:
            if name in value:
                known[name] = read(value[name])
        return self.make(**known)


def make_write_shape(cls: type[Any], write_text: WriteText = quote) -> WriteShape:
    """Return how to write instances of a frozen dataclass; `write_text` writes their texts."""
    hints, parts = _hints(cls), fields(cls)
    rows = tuple(
        (f',"{part.name}":', _default(part), _writer(hints[part.name], write_text)) for part in parts
    )
    return WriteShape(values=_values_of([part.name for part in parts]), fields=rows)


def make_read_shape(cls: type[Any], read_text: ReadText) -> ReadShape:
    """Return how to read instances of a frozen dataclass; `read_text` reads their texts."""
    hints, parts = _hints(cls), fields(cls)
    rows = tuple((part.name, _reader(hints[part.name], read_text)) for part in parts)
    required = frozenset(part.name for part in parts if _default(part) is REQUIRED)
    return ReadShape(make=cls, fields=rows, required=required)


def read_text(value: object) -> str:
    """Return a text that stands in its line."""
    if type(value) is not str:
        raise _unlike("a text", value)
    return value


def _hints(cls: type[Any]) -> dict[str, Any]:
    if cls not in _HINTS:
        _HINTS[cls] = get_type_hints(cls)
    return _HINTS[cls]


def _values_of(names: list[str]) -> Callable[[Any], tuple[object, ...]]:
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda value: (get(value),)


def _default(part: Field[Any]) -> object:
    if part.default is not MISSING:
        return part.default
    return REQUIRED if part.default_factory is MISSING else part.default_factory()


def _writer(hint: Any, text: WriteText) -> Write:  # noqa: ANN401 - a type hint may be any object
    arguments = get_args(hint)
    if hint is str:
        return text
    if get_origin(hint) is UnionType:
        write = _writer(_without_none(arguments), text)
        return lambda value: "null" if value is None else write(value)
    if get_origin(hint) is tuple:
        write = _writer(arguments[0], text)
        return lambda value: f"[{','.join(map(write, value))}]"
    if get_origin(hint) is Mapping:
        write = _writer(arguments[1], text)
        return lambda value: f"{{{','.join(f'{quote(key)}:{write(item)}' for key, item in value.items())}}}"
    if isinstance(hint, type) and is_dataclass(hint):
        shape = make_write_shape(hint, text)
        return lambda value: f"{{{shape.write(value)[1:]}}}"
    if issubclass(hint, StrEnum):
        return {member: quote(member.value) for member in hint}.__getitem__
    return _WRITERS[hint]


def _reader(hint: Any, text: ReadText) -> Read:  # noqa: ANN401 - a type hint may be any object
    arguments = get_args(hint)
    if hint is str:
        return text
    if get_origin(hint) is UnionType:
        read = _reader(_without_none(arguments), text)
        return lambda value: None if value is None else read(value)
    if get_origin(hint) is tuple:
        read = _reader(arguments[0], text)
        return lambda value: tuple([read(item) for item in _checked(list, value)])
    if get_origin(hint) is Mapping:
        read = _reader(arguments[1], text)
        return lambda value: {key: read(item) for key, item in _checked(dict, value).items()}
    if isinstance(hint, type) and is_dataclass(hint):
        return make_read_shape(hint, text).read
    if issubclass(hint, StrEnum):
        return partial(_read_choice, {member.value: member for member in hint})
    return _READERS[hint]


def _without_none(arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401 - a type hint may be any object
    (only,) = [argument for argument in arguments if argument is not NoneType]
    return only


def _checked(kind: type[Any], value: object) -> Any:  # noqa: ANN401 - an instance of `kind`
    if type(value) is not kind:
        raise _unlike(_NAMES[kind], value)
    return value


def _write_float(value: float) -> str:
    if isnan(value):
        message = "a fact holds a number that is none (NaN)"
        raise ValueError(message)
    if isinf(value):  # JSON has no infinity, but every reader takes a number beyond all bounds for one
        return "1e999" if value > 0 else "-1e999"
    return repr(value)


def _read_float(value: object) -> float:
    if type(value) is float or type(value) is int:
        return value
    raise _unlike("a number", value)


def _read_choice(choices: Mapping[str, StrEnum], value: object) -> StrEnum:
    chosen = choices.get(value) if type(value) is str else None
    if chosen is None:
        raise _unlike(f"one of `{'`, `'.join(choices)}`", value)
    return chosen


def _unlike(expected: str, value: object) -> ValueError:
    return ValueError(f"`{str(value)[:40]}` stands where {expected} belongs")


_NAMES: Final = {
    list: "a list",
    dict: "an object",
    str: "a text",
    int: "a whole number",
    bool: "true or false",
}
_WRITERS: Final[Mapping[object, Write]] = {
    int: int.__repr__,
    float: _write_float,
    bool: lambda value: "true" if value else "false",
}
_READERS: Final[Mapping[object, Read]] = {
    int: lambda value: _checked(int, value),
    float: _read_float,
    bool: lambda value: _checked(bool, value),
}
