"""Scalars → values. Each returns None for what is absent or mistaken, and reports the mistake."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from yaml import MappingNode, ScalarNode

from goflow.loader.durations import NotDuration, parse_duration
from goflow.loader.yaml_nodes import NULL, TEXT
from goflow.problems import shown, suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from yaml import Node

    from goflow.loader.findings import Findings

T = TypeVar("T")

MAX_ID_CHARS = 200
MAX_INTEGER = 2**53

_STANDARD_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "timestamp", "merge")
)
_ID = re.compile(r"[A-Za-z0-9_-]+")
_WHOLE = re.compile(r"[0-9]{1,16}")
_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")
_TRUE = frozenset(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"))
_FALSE = frozenset(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"))


def text(at: Findings, node: Node, *, expected: str = "a text") -> str | None:
    """Return a scalar as it is written."""
    if node.__class__ is ScalarNode:
        tag = node.tag
        if tag == TEXT:
            value: str = node.value
            return value
        if tag == NULL:
            return None
        if tag in _STANDARD_TAGS:
            return str(node.value)
    report_kind(at, node, expected)
    return None


def report_kind(at: Findings, node: Node, expected: str, *, example: str | None = None) -> None:
    """Report a value of the wrong kind, or with a tag."""
    if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.rpartition(":")[2] not in _PLAIN_KINDS:
        tag = node.tag.replace("tag:yaml.org,2002:", "!!", 1)
        at.error("GF013", f"the tag {shown(tag)} is not allowed", node, help="write the value without a tag")
        return
    words = f"expected {expected}, found {_kind(node)}"
    at.error("GF102", words, node, help=f"as in {example}" if example else _braces_hint(node))


_PLAIN_KINDS = frozenset(("str", "null", "seq", "map", "int", "float", "bool", "timestamp", "merge"))


def _kind(node: Node) -> str:
    if node.tag == NULL:
        return "nothing"
    if isinstance(node, ScalarNode):
        return f"the text {shown(node.value)}"
    return "a mapping" if isinstance(node, MappingNode) else "a list"


def _braces_hint(node: Node) -> str | None:
    is_template = isinstance(node, MappingNode) and node.flow_style and node.value
    if is_template and isinstance(node.value[0][0], MappingNode):
        return 'a text that begins with `{{` needs quotes: `"{{…}}"`'
    return None


def identifier(at: Findings, node: Node) -> str | None:
    """Return a name that templates and folders can hold."""
    name = text(at, node)
    if name is not None:
        check_identifier(at, name, node)
    return name


def is_identifier(name: str) -> bool:
    """Say whether a name has the characters of an id."""
    return _ID.fullmatch(name) is not None


def check_identifier(at: Findings, name: str, node: Node) -> None:
    """Report a name that templates and folders cannot hold."""
    if not is_identifier(name):
        message = f"{shown(name)} has other characters than the letters a to z, digits, `_` and `-`"
        at.error("GF110", message if name else "the name is empty", node, help=_usable(name))
    elif len(name) > MAX_ID_CHARS:
        at.error("GF110", f"{shown(name)} has more than {MAX_ID_CHARS} characters", node)


def _usable(name: str) -> str | None:
    usable = re.sub(r"[^A-Za-z0-9_-]+", "-", name[:MAX_ID_CHARS]).strip("-")
    return f"`{usable}` would do" if usable else None


def boolean(at: Findings, node: Node) -> bool | None:
    """Return a yes or a no."""
    written = text(at, node, expected="`true` or `false`")
    if written is None or written in _TRUE:
        return None if written is None else True
    if written not in _FALSE:
        at.error("GF108", f"{shown(written)} is neither `true` nor `false`", node)
        return None
    return False


def whole_number(at: Findings, node: Node) -> int | None:
    """Return a whole number that is not negative."""
    written = text(at, node, expected="a whole number")
    if written is None:
        return None
    value = int(written) if _WHOLE.fullmatch(written) else MAX_INTEGER
    if value >= MAX_INTEGER:
        at.error("GF107", f"{shown(written)} is not a whole number, 0 or more", node)
        return None
    return value


def number(at: Findings, node: Node) -> float | None:
    """Return a number."""
    written = text(at, node, expected="a number")
    if written is None:
        return None
    value = float(written) if _NUMBER.fullmatch(written) else float("inf")
    if value in (float("inf"), float("-inf")):
        at.error("GF109", f"{shown(written)} is not a number", node)
        return None
    return value


def duration(at: Findings, node: Node) -> float | None:
    """Return a time in seconds; 0 means none."""
    written = text(at, node, expected="a duration")
    if written is None:
        return None
    try:
        return parse_duration(written)
    except NotDuration as error:
        at.error("GF106", error.reason, node, help=error.help)
        return None


def choice(values: Mapping[str, T]) -> Callable[[Findings, Node], T | None]:
    """Make a decoder of one word out of a few."""
    words = [f"`{word}`" for word in values if word]
    told = f"one of {', '.join(words)}"

    def decode(at: Findings, node: Node) -> T | None:
        written = text(at, node, expected=told)
        if written is None or written in values:
            return None if written is None else values[written]
        at.error("GF105", f"{shown(written)} is not {told}", node, help=suggest(written, values))
        return None

    return decode
