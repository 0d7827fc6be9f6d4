"""Mappings: keys are texts, written once each; merge keys are filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from goflow.loader.findings import Findings
from goflow.loader.yaml_nodes import MERGE, NULL
from goflow.problems import Related, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

Entries: TypeAlias = dict[str, tuple[Node, Node]]
"""Key and value node by key, in the order written; keys that were merged in stand last."""


def entries(at: Findings, node: MappingNode) -> Entries:
    """Return what a mapping holds. Its own keys win over merged ones, earlier merges over later ones."""
    found: Entries = {}
    merges: list[Node] = []
    for pair in node.value:
        key = pair[0]
        if key.__class__ is not ScalarNode:
            at.error(
                "GF016", "a key must be a text", key, help="a key that begins with `{` or `[` needs quotes"
            )
        elif key.tag == MERGE:
            merges.append(pair[1])
        elif key.value in found:
            _report_duplicate(at, key, found[key.value][0])
        else:
            found[key.value] = pair
    for merge in merges:
        for mapping in _merged(at, merge):
            for name, pair in entries(at, mapping).items():
                found.setdefault(name, pair)
    return found


def known_entries(at: Findings, node: Node) -> Entries:
    """Return what a mapping holds whose mistakes are reported already; what is none holds nothing."""
    return entries(Findings(at.source), node) if isinstance(node, MappingNode) else {}


def is_null(node: Node) -> bool:
    """Say whether a value is absent."""
    return node.tag == NULL


def _merged(at: Findings, node: Node) -> Iterator[MappingNode]:
    for part in node.value if isinstance(node, SequenceNode) else (node,):
        if isinstance(part, MappingNode):
            yield part
        elif not is_null(part):
            at.error(
                "GF014", "`<<` takes a mapping, or a list of mappings", part, help="as in `<<: *defaults`"
            )


def _report_duplicate(at: Findings, key: ScalarNode, first: Node) -> None:
    related = (Related(span=at.place(first), message="first written here"),)
    at.error("GF010", f"the key {shown(key.value)} is written twice", key, related=related)
