"""Aliases: how large a document is once each stands for what it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yaml import MappingNode, ScalarNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml import Node

    from goflow.loader.findings import Findings

_FREE_NODES = 200_000
_GROWTH = 10
_UNCOUNTED = 10**9
_MAX_CHARS = 256 * 1024 * 1024


class _Recursive(Exception):
    def __init__(self, node: Node) -> None:
        super().__init__()
        self.node = node


class _Size:
    """What a node holds once its aliases are written out."""

    __slots__ = ("chars", "depth", "node", "nodes", "rest")

    def __init__(self, node: Node) -> None:
        self.node = node
        self.nodes = 1
        self.chars = 0
        self.depth = 1
        self.rest = _children(node)

    def add(self, child: _Size) -> None:
        self.nodes += child.nodes
        self.chars += child.chars
        self.depth = max(self.depth, child.depth + 1)

    @property
    def is_very_large(self) -> bool:
        return self.nodes > _FREE_NODES or self.chars > _MAX_CHARS


def report_expansion(at: Findings, root: Node, max_depth: int) -> bool:
    """Report aliases that name what they stand in, or make too much of the document; return whether they do.

    Each node is looked at once, however often aliases name it.
    """
    if "&" not in at.source.text or "*" not in at.source.text:
        return False
    try:
        size, written, large = _measure(root)
    except _Recursive as error:
        at.error("GF012", "an alias inside an anchor names the anchor itself", at.place(error.node))
        return True
    if size.chars > _MAX_CHARS or size.nodes > _FREE_NODES + _GROWTH * written:
        at.error("GF011", f"aliases repeat too much: {_told(size, written)}", at.place(large or root))
        return True
    if size.depth > max_depth:
        at.error("GF015", f"nested more than {max_depth} levels deep, aliases written out", at.place(root))
        return True
    return False


def _measure(root: Node) -> tuple[_Size, int, Node | None]:
    """Return the expanded size of `root`, how many nodes are written, and the first that is very large."""
    large: Node | None = None
    known: dict[int, _Size] = {}
    written = 1
    stack = [_Size(root)]
    unfinished = {id(root)}
    while True:
        top = stack[-1]
        for child in top.rest:
            if child.__class__ is ScalarNode:
                written += 1
                top.nodes += 1
                top.chars += len(child.value)
            elif id(child) in unfinished:
                raise _Recursive(child)
            elif id(child) in known:
                top.add(known[id(child)])
            else:
                written += 1
                unfinished.add(id(child))
                stack.append(_Size(child))
                break
        else:
            known[id(top.node)] = top
            unfinished.discard(id(top.node))
            stack.pop()
            if large is None and top.is_very_large:
                large = top.node
            if not stack:
                return top, written, large
            stack[-1].add(top)


def _children(node: Node) -> Iterator[Node]:
    if node.__class__ is ScalarNode:
        return iter(())
    if isinstance(node, MappingNode):
        return (child for pair in node.value for child in pair)
    return iter(node.value)


def _told(size: _Size, written: int) -> str:
    if size.chars > _MAX_CHARS:
        return f"the document would hold {_count(size.chars)} characters"
    return f"{written:,} values become {_count(size.nodes)}"


def _count(number: int) -> str:
    return f"{number:,}" if number < _UNCOUNTED else "more than a billion"
