"""YAML text → nodes with their places. Nothing is constructed: a scalar is null, or the text as written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

import yaml
from yaml import ScalarNode, SequenceNode

from goflow.loader.expansion import report_expansion
from goflow.loader.yaml_mistakes import (
    MAX_DEPTH,
    report_depth,
    report_second_document,
    report_syntax,
    report_unprintable,
)

if TYPE_CHECKING:
    from yaml import Node

    from goflow.loader.findings import Findings

TEXT = "tag:yaml.org,2002:str"
NULL = "tag:yaml.org,2002:null"
MERGE = "tag:yaml.org,2002:merge"
LIST = "tag:yaml.org,2002:seq"
MAPPING = "tag:yaml.org,2002:map"

_NULLS = frozenset(("", "~", "null", "Null", "NULL"))


class _TooDeep(Exception):
    def __init__(self, start: int) -> None:
        super().__init__()
        self.start = start


class _Literal:
    """Overrides how a YAML loader names nodes, and where it stops: the C loader recurses without a bound."""

    depth = 0

    def resolve(self, kind: type[Node], value: str | None, implicit: tuple[bool, bool]) -> str:
        if kind is ScalarNode:
            if not implicit[0]:
                return TEXT
            return NULL if value in _NULLS else MERGE if value == "<<" else TEXT
        return LIST if kind is SequenceNode else MAPPING

    def descend_resolver(self, parent: Node, _index: object) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _TooDeep(parent.start_mark.index)

    def ascend_resolver(self) -> None:
        self.depth -= 1


class Loader(Protocol):
    """A loader of the YAML library, as far as it is used here."""

    def check_node(self) -> bool: ...
    def get_node(self) -> Node: ...
    def dispose(self) -> None: ...


Load: TypeAlias = Callable[[str], Loader]


def literal(loader: type) -> Load:
    """Return `loader`, made to keep scalars as they are written."""
    return cast("Load", type("LiteralLoader", (_Literal, loader), {}))


_LOAD = literal(getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def compose(at: Findings, *, stop: int | None = None, load: Load = _LOAD) -> Node | None:
    """Return the root of the one document in the text up to `stop`; None where it is empty or mistaken."""
    try:
        root = _single_document(at, load(at.source.text[:stop]))
    except _TooDeep as error:
        report_depth(at, at.source.span(error.start))
    except yaml.MarkedYAMLError as error:
        report_syntax(at, error)
    except (yaml.YAMLError, ValueError) as error:
        report_unprintable(at, error)
    else:
        return None if root is None or report_expansion(at, root, MAX_DEPTH) else root
    return None


def _single_document(at: Findings, loader: Loader) -> Node | None:
    try:
        root: Node | None = loader.get_node() if loader.check_node() else None
        if root is None or not loader.check_node():
            return root
        report_second_document(at, loader.get_node())
        return None
    finally:
        loader.dispose()
