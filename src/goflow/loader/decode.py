"""Nodes → values, by tables: what a mapping may hold, and how each field is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from goflow.loader.entries import entries, is_null
from goflow.loader.findings import Findings
from goflow.loader.scalars import report_kind, text
from goflow.loader.yaml_nodes import LIST, MAPPING, NULL
from goflow.problems import Severity, shown, suggest
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_SUGGESTIONS = 1000
"""A file with more problems gets no more suggestions: they take longer than all the rest."""

_MOST_GUESSES = 20
"""How many unknown keys of a mapping may be another one misspelt."""

T = TypeVar("T")
Decoder: TypeAlias = Callable[[Findings, Node], T | None]
"""Returns None for what is absent, or mistaken and reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What one kind of mapping may hold: by key, the attribute it becomes and how it is read."""

    noun: str
    """What it is called in messages: `a step`."""
    fields: Mapping[str, tuple[str, Decoder[Any]]]
    required: tuple[str, ...] = ()
    later: frozenset[str] = frozenset()
    """Keys of the language that this version does not do yet."""
    hints: Mapping[str, str] = field(default_factory=dict)
    """What is said about keys that are often written here by mistake."""


def fields_of(at: Findings, node: Node, shape: Shape) -> dict[str, Any] | None:
    """Return the attributes a mapping holds; None if it is none."""
    if not isinstance(node, MappingNode) or node.tag != MAPPING:
        report_kind(at, node, f"{shape.noun}, which is a mapping")
        return None
    written = entries(at, node)
    values: dict[str, Any] = {}
    table = shape.fields
    for key, (key_node, value_node) in written.items():
        known = table.get(key)
        if known is None:
            _report_key(at, key, key_node, shape)
        elif value_node.tag != NULL:
            value = known[1](at, value_node)
            if value is not None:
                values[known[0]] = value
    for key in shape.required:
        if key not in written or is_null(written[key][1]):
            _report_missing(at, key, node, shape)
    return values


def record(shape: Shape, make: Callable[..., T]) -> Decoder[T]:
    """Make a decoder of mappings that become values; one that lacks what it needs is left out."""
    needed = [shape.fields[key][0] for key in shape.required]

    def decode(at: Findings, node: Node) -> T | None:
        values = fields_of(at, node, shape)
        if values is None or any(name not in values for name in needed):
            return None
        return make(**values)

    return decode


def list_of(decode: Decoder[T], *, example: str | None = None) -> Decoder[tuple[T, ...]]:
    """Make a decoder of lists; null items are absent."""

    def decode_list(at: Findings, node: Node) -> tuple[T, ...] | None:
        if not isinstance(node, SequenceNode) or node.tag != LIST:
            report_kind(at, node, "a list", example=example or _as_list(node))
            return None
        return tuple(_kept(at, node, decode))

    return decode_list


def _as_list(node: Node) -> str:
    return shown(f"[{node.value}]") if isinstance(node, ScalarNode) else "`[one, two]`"


def _kept(at: Findings, node: SequenceNode, decode: Decoder[T]) -> Iterator[T]:
    for item in node.value:
        value = decode(at, item)
        if value is None:
            at.dropped.add(item.start_mark.index)
        else:
            yield value


texts = list_of(text)
"""A list of texts."""


def one_or_more(at: Findings, node: Node) -> tuple[str, ...] | None:
    """Read a text, or a list of texts."""
    if isinstance(node, SequenceNode):
        return texts(at, node)
    value = text(at, node)
    return None if value is None else (value,)


def named(decode: Callable[[Findings, str, Node, Node], T | None], noun: str) -> Decoder[dict[str, T]]:
    """Make a decoder of mappings whose keys are names; `decode` gets name, key and value, perhaps null."""

    def decode_all(at: Findings, node: Node) -> dict[str, T] | None:
        if not isinstance(node, MappingNode) or node.tag != MAPPING:
            report_kind(at, node, f"{noun}, a mapping by name")
            return None
        found = {
            name: decode(at, name, key_node, value_node)
            for name, (key_node, value_node) in entries(at, node).items()
        }
        return {name: value for name, value in found.items() if value is not None}

    return decode_all


def _text_by_name(at: Findings, _name: str, _key: Node, value: Node) -> str | None:
    return text(at, value)


texts_by_name = named(_text_by_name, "texts")
"""A mapping of names to texts."""


def _report_key(at: Findings, key: str, node: Node, shape: Shape) -> None:
    if key.startswith("x-"):
        return
    if key in shape.later:
        report_later(at, f"`{key}` in {shape.noun}", node)
        return
    known = tuple(shape.fields)
    hint = shape.hints.get(key)
    if hint is None and len(at.problems) < _MOST_SUGGESTIONS:
        hint = suggest(key, known)
    message = f"unknown key {shown(key)} in {shape.noun}"
    if at.unknown_key is Severity.WARNING:
        at.warning("GF101", message, node, help=hint)
    else:
        at.error("GF101", message, node, help=hint or f"known keys: {', '.join(known)}")


def _report_missing(at: Findings, key: str, node: MappingNode, shape: Shape) -> None:
    """Report a key that is missing, unless another mistake explains that."""
    unknown = [key_node.value for key_node, _ in node.value if str(key_node.value) not in shape.fields]
    if not any(
        name in shape.later or suggest(str(name), (key,)) for name in map(str, unknown[:_MOST_GUESSES])
    ):
        at.error("GF103", f"{shape.noun} needs `{key}`", node)


def report_later(at: Findings, what: str, node: Node) -> None:
    """Report something of the language that this version does not do."""
    at.error("GF104", f"this version does not do {what} yet", node)
