"""What is expected of a text: a text that it equals, or a mapping of checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from yaml import MappingNode, SequenceNode

from goflow.loader.case_schemas import schema
from goflow.loader.decode import Decoder, Shape, fields_of, list_of
from goflow.loader.scalars import text
from goflow.problems import shown
from goflow.workflow.case import Contains, Equals, Lacks, Matches, Passes, Satisfies, TextCheck

if TYPE_CHECKING:
    from yaml import Node

    from goflow.loader.findings import Findings

_FUNCTION: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)
_EXPECTED: Final = (
    "a text, or a mapping of `equals`, `contains`, `not_contains`, `regex`, `schema` and `python`"
)

_Checks: TypeAlias = tuple[TextCheck, ...]
_Make: TypeAlias = Callable[..., TextCheck]


def text_checks(at: Findings, node: Node) -> _Checks | None:
    """Read what is expected of a text."""
    if not isinstance(node, MappingNode):
        written = text(at, node, expected=_EXPECTED)
        return None if written is None else (Equals(text=written, at=at.place(node)),)
    values = fields_of(at, node, _TEXT)
    if values is None:
        return None
    if not node.value:
        at.error("GF704", "nothing is expected of the text", node, help=f"write {_EXPECTED}")
    return tuple(_flat(values))


def _flat(values: dict[str, Any]) -> Iterator[TextCheck]:
    for checks in values.values():
        yield from checks


def _texts(make: _Make) -> Decoder[_Checks]:
    def one(at: Findings, node: Node) -> TextCheck | None:
        written = text(at, node)
        return None if written is None else make(text=written, at=at.place(node))

    return _one_or_more(one)


def _one_or_more(one: Decoder[TextCheck]) -> Decoder[_Checks]:
    several: Decoder[_Checks] = list_of(one)

    def decode(at: Findings, node: Node) -> _Checks | None:
        if isinstance(node, SequenceNode):
            return several(at, node)
        found = one(at, node)
        return None if found is None else (found,)

    return decode


def _pattern(at: Findings, node: Node) -> Matches | None:
    written = text(at, node)
    if written is None:
        return None
    try:
        return Matches(pattern=re.compile(written), at=at.place(node))
    except (re.error, OverflowError) as error:
        told = "`contains` looks for the text as it is"
        at.error("GF707", f"{shown(written)} is not a regular expression: {error}", node, help=told)
    return None


def _function(at: Findings, node: Node) -> Passes | None:
    written = text(at, node)
    if written is None:
        return None
    if not _FUNCTION.fullmatch(written):
        told = "`checks:is_polite` is the function `is_polite` of `checks.py`, beside the test file"
        at.error("GF708", f"{shown(written)} names no function: expected `module:name`", node, help=told)
        return None
    return Passes(function=written, folder=str(Path(at.source.shown).parent), at=at.place(node))


def _satisfies(at: Findings, node: Node) -> _Checks | None:
    found = schema(at, node)
    return None if found is None else (Satisfies(schema=found, at=at.place(node)),)


_TEXT: Final = Shape(
    noun="what is expected of a text",
    fields={
        "equals": ("equals", _texts(Equals)),
        "contains": ("contains", _texts(Contains)),
        "not_contains": ("not_contains", _texts(Lacks)),
        "regex": ("regex", _one_or_more(_pattern)),
        "schema": ("schema", _satisfies),
        "python": ("python", _one_or_more(_function)),
    },
    hints={"matches": "did you mean `regex`?", "not_equals": "`not_contains` looks for a part"},
)
