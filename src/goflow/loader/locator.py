"""Where the fields of a parsed file stand. Nothing is built before somebody asks."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from yaml import MappingNode, SequenceNode

from goflow.loader.collector import collector_paused
from goflow.loader.entries import Entries, entries
from goflow.loader.findings import Findings
from goflow.loader.yaml_nodes import compose

if TYPE_CHECKING:
    from collections.abc import Iterator, Set as AbstractSet

    from yaml import Node

    from goflow.loader.source_text import SourceText
    from goflow.problems import FieldPath, Span

_Item: TypeAlias = "tuple[Node, tuple[int, int] | None]"
"""An item of a list, and where its alias stands if it is written as one."""

_ALIAS = re.compile(r"(?:[\s\[,-]|#[^\r\n]*+)*+(\*[^\s,\[\]{}]+)")


class NodeLocator:
    """Finds fields in a document, composed again when first asked: a bundle without problems stays light.

    `dropped` has the beginnings of list items that were not decoded: lists count the others. `front` is where
    the front matter of an agent file ends; the text from `body` on is its field `prompt`.
    """

    def __init__(
        self,
        source: SourceText,
        *,
        dropped: AbstractSet[int],
        front: int | None = None,
        body: int | None = None,
    ) -> None:
        self._source = source
        self._dropped = frozenset(dropped)
        self._front = front
        self._body = body
        self._entries: dict[int, Entries] = {}
        self._items: dict[int, list[_Item]] = {}

    @cached_property
    def _root(self) -> Node | None:
        if self._front == 0:
            return None
        with collector_paused():
            return compose(Findings(self._source), stop=self._front)

    def span(
        self, path: FieldPath, *, key: bool = False, text: str | None = None, occurrence: int = 0
    ) -> Span:
        """Return the place of a field's value, of its key, or of the n-th `text` written in the value."""
        start, end = self._find(path, key=key)
        if text:
            at = self._search(text, start, end, occurrence)
            if at >= 0:
                return self._source.span(at, at + len(text))
        return self._source.span(start, end)

    def _find(self, path: FieldPath, *, key: bool) -> tuple[int, int]:
        if path == ("prompt",) and self._body is not None:
            return self._body, len(self._source.text)
        if self._root is None:
            return 0, 0
        key_node, node = None, self._root
        for part in path:
            if alias := self._alias(node, part):
                return alias
            found = self._child(node, part)
            if found is None:
                key_node = None
                break
            key_node, node = found
        place = key_node if key and key_node is not None else node
        return place.start_mark.index, place.end_mark.index

    def _child(self, node: Node, part: str | int) -> tuple[Node | None, Node] | None:
        if isinstance(node, MappingNode):
            return self._fields(node).get(str(part))
        if isinstance(node, SequenceNode) and isinstance(part, int):
            items = self._kept(node)
            return (None, items[part][0]) if 0 <= part < len(items) else None
        return None

    def _alias(self, node: Node, part: str | int) -> tuple[int, int] | None:
        """Return where an item of a list is written, if that is an alias: what it names stands elsewhere."""
        if not isinstance(node, SequenceNode) or not isinstance(part, int):
            return None
        return next((alias for _, alias in self._kept(node)[part : part + 1]), None)

    def _fields(self, node: MappingNode) -> Entries:
        if id(node) not in self._entries:
            self._entries[id(node)] = entries(Findings(self._source), node)
        return self._entries[id(node)]

    def _kept(self, node: SequenceNode) -> list[_Item]:
        if id(node) not in self._items:
            self._items[id(node)] = [
                found for found in self._written(node) if found[0].start_mark.index not in self._dropped
            ]
        return self._items[id(node)]

    def _written(self, node: SequenceNode) -> Iterator[_Item]:
        """Yield the items of a list: one that begins before the end of the last is an alias's."""
        end = node.start_mark.index
        for item in node.value:
            is_elsewhere = item.start_mark.index < end
            alias = _ALIAS.match(self._source.text, end) if is_elsewhere else None
            yield item, alias and alias.span(1)
            end = alias.end() if alias else max(end, item.end_mark.index)

    def _search(self, text: str, start: int, end: int, occurrence: int) -> int:
        at = self._source.text.find(text, start, end)
        for _ in range(occurrence):
            if at < 0:
                break
            at = self._source.text.find(text, at + len(text), end)
        return at
